// The rehearsal of a renewal works on a copy: where the folder of certbot is a link, where links lead out of it, and where programs stand in hooks.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeScratchHost, type ScratchHost, scratchProblem } from '../transaction/scratch-host.ts';

// Like certbot, it runs what a hook names unless it was told otherwise, reads its settings where they always are, and writes where its links lead.
const CERTBOT = `#!/bin/sh
set -e
printf '%s\\n' "$*" >>/fake/asked
all=" $* "
while [ $# -gt 0 ]; do [ "$1" != --config-dir ] || dir=$2; shift; done
for kind in pre post; do
  for file in /etc/letsencrypt/cli.ini $dir/renewal/shop.example.conf; do
    hook=$(sed -n "s/^ *$kind[-_]hook *= *//p" $file)
    case $all in *" --$kind-hook  "*) [ $file != /etc/letsencrypt/cli.ini ] || hook='' ;; esac
    [ -z "$hook" ] || $hook
  done
done
for hook in $dir/renewal-hooks/pre/*; do [ ! -x "$hook" ] || "$hook"; done
cert=$(sed -n 's/^cert = //p' $dir/renewal/shop.example.conf)
[ -L "$cert" ] || { echo "ValueError: $cert is no link"; exit 1; }
echo written >>"$cert"
readlink -f "$cert" | sed 's/renewal\\.[^/]*/renewal/' >/fake/wrote
`;

const problem = scratchProblem('dash');
describe.skipIf(problem !== null)('a rehearsed renewal', { timeout: 60_000 }, () => {
  let host: ScratchHost;
  const tree = async () =>
    (
      await host.sh(
        "find /etc/letsencrypt /srv -printf '%p %y %m %l\\n' | sort; find /etc/letsencrypt/ /srv -type f -exec sha256sum {} + | sort; ls /run",
      )
    ).stdout;
  beforeEach(async () => {
    host = makeScratchHost('dash');
    writeFileSync(
      join(host.root, 'fake/renewal.sh'),
      readFileSync(new URL('../../src/verify/renewal.sh', import.meta.url)),
    );
    await host.sh(`mkdir -p /srv /etc/letsencrypt/renewal /etc/letsencrypt/renewal-hooks/pre
cd /etc/letsencrypt && mkdir -p archive/shop.example live/shop.example
echo cert >archive/shop.example/cert1.pem
ln -s ../../archive/shop.example/cert1.pem live/shop.example/cert.pem
cat >renewal/shop.example.conf <<'END'
archive_dir = /etc/letsencrypt/archive/shop.example
cert = /etc/letsencrypt/live/shop.example/cert.pem
[renewalparams]
  pre_hook = touch /fake/ran-pre
post_hook = touch /fake/ran-post
END
printf 'pre-hook = touch /fake/ran-ini\\nlogs-dir = /srv\\n' >cli.ini
printf '#!/bin/sh\\ntouch /fake/ran-folder\\n' >renewal-hooks/pre/stop && chmod 755 renewal-hooks/pre/stop
cat >/usr/sbin/certbot <<'END'
${CERTBOT}END
chmod 755 /usr/sbin/certbot`);
  });
  afterEach(() => host.destroy());

  it.each([
    ['as it is', ':'],
    ['behind a link', 'mv /etc/letsencrypt /srv/le && ln -s /srv/le /etc/letsencrypt'],
    [
      'whose certificates lie elsewhere',
      'mv /etc/letsencrypt/archive /srv/archive && ln -s /srv/archive /etc/letsencrypt/archive',
    ],
    [
      'whose links are whole paths',
      'ln -sfn /etc/letsencrypt/archive/shop.example/cert1.pem /etc/letsencrypt/live/shop.example/cert.pem',
    ],
    [
      'whose hooks lie elsewhere',
      'mv /etc/letsencrypt/renewal-hooks /srv/hooks && ln -s /srv/hooks /etc/letsencrypt/renewal-hooks',
    ],
    [
      'whose file of the certificate lies elsewhere',
      'mv /etc/letsencrypt/renewal/shop.example.conf /srv/x && ln -s /srv/x /etc/letsencrypt/renewal/shop.example.conf',
    ],
  ])('leaves the folder %s, and its programs alone', async (_, change) => {
    await host.sh(change);
    const before = await tree();
    const { stdout } = await host.sh("sh /fake/renewal.sh shop.example ''");
    expect(stdout).toBe('ended 0\n');
    expect((await host.sh('ls /fake')).stdout).not.toContain('ran-');
    expect((await host.sh('cat /fake/wrote')).stdout).toBe(
      '/run/portcullis-renewal/etc/archive/shop.example/cert1.pem\n',
    );
    expect(await tree()).toBe(before);
    expect((await host.sh('cat /fake/asked')).stdout).toMatch(
      /^renew --dry-run .*--config-dir (\/run\/\S+)\/etc --work-dir \1\/work --logs-dir \1\/log --no-directory-hooks --pre-hook {2}--post-hook {2}--deploy-hook {2}--renew-hook \n$/,
    );
  });

  it('does not begin where certbot has no folder', async () => {
    await host.sh('rm -r /etc/letsencrypt');
    expect(await host.sh("sh /fake/renewal.sh shop.example ''")).toMatchObject({ code: 1, stdout: '' });
    expect((await host.sh('ls /run; ls /fake')).stdout).not.toMatch(/portcullis|asked/);
  });
});
