// `portcullis demo`: a disposable real Debian host on this machine. Rules: the host and everything it needs live in
// their own folder and network and are gone at the end, however it ends; what Portcullis keeps of the demo (recovery cards,
// tokens) lies in that folder too, so nothing of the person's own state is touched.
import { join } from 'node:path';
import type { PackageOffer } from '../../lab/apt-repository.ts';
import { TargetError, UserError } from '../../model/errors.ts';
import { demoInLines } from '../demo/in-lines.ts';
import { interactive } from '../interactive.ts';
import { type HardenOptions, harden } from './harden.ts';

/** What the walk installs on such a host: it reaches no archive but the one that this machine offers it. */
const PACKAGES = ['fail2ban', 'nftables', 'python3-systemd'];

const SYSTEMS = { debian12: 'bookworm', debian13: 'trixie' } as const;

export async function demo(system: string, options: HardenOptions, version: string): Promise<number> {
  const image = SYSTEMS[system as keyof typeof SYSTEMS];
  if (image === undefined) {
    throw new UserError(`there is no demo host "${system.slice(0, 40)}"`, {
      where: 'demo',
      hints: [`use one of: ${Object.keys(SYSTEMS).join(', ')}`],
    });
  }
  const { labProblems } = await import('../../lab/requirements.ts');
  const problems = await labProblems();
  if (problems.length > 0) {
    throw new TargetError('the demo boots a real Debian host on this machine, and cannot', {
      evidence: problems,
      hints: [
        'on Debian, as root: npm run setup',
        'elsewhere, try Portcullis on a server of yours: portcullis plan TARGET',
      ],
    });
  }
  const [{ bootHost }, { ensureRepository, offerPackages }] = await Promise.all([
    import('../../lab/host.ts'),
    import('../../lab/apt-repository.ts'),
  ]);
  const say = (line: string) => process.stderr.write(`${line}\n`);
  say(
    `Booting a disposable ${image === 'bookworm' ? 'Debian 12' : 'Debian 13'} host (the first time its image is built, about a minute).`,
  );
  const onProgress = (line: string) => say(`  ${line}`);
  const repository = await ensureRepository({ release: image, image, packages: PACKAGES, onProgress });
  const host = await bootHost({ image, name: 'demo', onProgress });
  process.env.XDG_STATE_HOME = join(host.folder, 'state');
  let offer: PackageOffer | undefined;
  try {
    offer = await offerPackages(host, repository);
    const target = `root@${host.address}`;
    const reach = { ...options, identity: host.keyFile, knownHosts: host.knownHostsFile };
    say(`Host ${target} is up. It lives on this machine only and is gone when the demo ends.`);
    const person = interactive() && process.stdout.isTTY === true && !options.json;
    if (person) return await harden(target, reach, { version });
    return await demoInLines({ host, target, options: reach, version, say });
  } finally {
    await offer?.close();
    await host.destroy();
    say('The demo host is gone.');
  }
}
