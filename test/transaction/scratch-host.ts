// A scratch root with a shell, its tools and a pretended service manager: enough to run the engine's own logic fast,
// under busybox (nothing else there) or dash with coreutils. What only a real host can show is tested in test/lab.
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Outcome } from '../../src/model/outcome.ts';
import type { Transport } from '../../src/model/target.ts';
import { type Command, renderForShell } from '../../src/text/command.ts';
import { Secret } from '../../src/text/secret.ts';

export type Flavour = 'busybox' | 'dash';

/** For what every Debian has dash and coreutils for: busybox as well in whole runs alone, which have the time. */
export function flavoursOf(): readonly Flavour[] {
  return process.env['PORTCULLIS_LAB'] === 'whole' ? ['busybox', 'dash'] : ['dash'];
}

const SYSTEMCTL = `#!/bin/sh
while :; do case $1 in --no-*|--quiet) shift ;; *) break ;; esac; done
verb=$1; shift
echo "$verb $*" >>/fake/log
case $verb in
  is-enabled) for l in /etc/systemd/system/*.wants/"$1"; do [ -L "$l" ] && { echo enabled; exit 0; }; done; echo disabled; exit 1 ;;
  is-active) for u; do :; done
    case $u in portcullis-deadman-*) [ ! -e /fake/rebooted ]; exit ;; esac
    [ -e "/fake/active/$u" ] && { echo active; exit 0; }; echo inactive; exit 3 ;;
  show) case $1 in *Before*) echo ssh.service sysinit.target network-pre.target ;; *MainPID*) echo 77 ;;
    *SubState,Next*) printf 'SubState=waiting\\nNextElapseUSecMonotonic=12345\\n' ;; *) echo 12345 ;; esac ;;
  start|restart) for u; do case $u in
    portcullis-canary-*.timer) s=/etc/systemd/system/\${u%.timer}.service; $(sed -n 's/^ExecStart=//p' "$s") ;;
    portcullis-*) ;;
    *) : >"/fake/active/$u" ;; esac; done ;;
  stop) for u; do rm -f "/fake/active/$u"; done ;;
esac
exit 0
`;
const SYSTEMD_RUN = `#!/bin/sh
while [ "$1" != /bin/sh ]; do shift; done
"$@" >/dev/null 2>&1 &
`;

// Tables are files; a program that holds "nonsense" is refused. What the kernel does is tested in test/lab.
const NFT = `#!/bin/sh
mkdir -p /fake/nft
case "$*" in
  "list tables") for f in /fake/nft/*; do [ ! -f "$f" ] || echo "table \${f##*/}"; done ;;
  "-s list table "*) cat "/fake/nft/$4 $5" ;;
  "-c -f "*) ! grep nonsense "$3" ;;
  "-f "*) read -r _add _table family name <"$2"; rm -f "/fake/nft/$family $name"
    sed 1,2d "$2" >/fake/loading; [ ! -s /fake/loading ] || mv /fake/loading "/fake/nft/$family $name" ;;
  *) exit 2 ;;
esac
`;

/** Why no scratch root can be made here, or null. */
export function scratchProblem(flavour: Flavour): string | null {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'needs root on Linux';
  if (spawnSync('unshare', ['-m', 'true']).status !== 0) return 'needs mount namespaces';
  if (flavour === 'busybox' && !existsSync('/usr/bin/busybox')) return 'needs busybox';
  if (flavour === 'dash' && !existsSync('/usr/bin/dash')) return 'needs dash';
  return null;
}

export type ScratchHost = {
  readonly root: string;
  readonly transport: Transport;
  /** Runs a script inside as root. */
  sh(script: string): Promise<{ code: number; stdout: string; stderr: string }>;
  destroy(): void;
};

export function makeScratchHost(flavour: Flavour): ScratchHost {
  const root = mkdtempSync(join(tmpdir(), `portcullis-${flavour}-`));
  const directory = (path: string, mode = 0o755) => {
    mkdirSync(join(root, path), { recursive: true });
    chmodSync(join(root, path), mode);
  };
  chmodSync(root, 0o755);
  for (const path of [
    'etc/systemd/system',
    'etc/demo',
    'var/lib',
    'proc',
    'dev',
    'run/systemd/system',
    'fake/active',
    'usr/sbin',
  ])
    directory(path);
  const fakes: [string, string][] = [
    ['systemctl', SYSTEMCTL],
    ['systemd-run', SYSTEMD_RUN],
    ['systemd-analyze', '#!/bin/sh\n'],
    ['nft', NFT],
  ];
  const binds: string[] = ['mount --bind /proc "$1/proc"', 'mount --rbind /dev "$1/dev"'];
  let fakeDirectory = 'usr/sbin';
  if (flavour === 'busybox') {
    directory('usr/bin');
    cpSync('/usr/bin/busybox', join(root, 'usr/bin/busybox'));
    for (const library of libraries('/usr/bin/busybox')) {
      directory(library.slice(1, library.lastIndexOf('/')));
      cpSync(library, join(root, library), { dereference: true });
    }
    const applets = spawnSync('/usr/bin/busybox', ['--list'], { encoding: 'utf8' })
      .stdout.split('\n')
      .filter(Boolean);
    for (const applet of applets) {
      const path = join(root, 'usr/bin', applet);
      if (!existsSync(path)) symlinkSync('busybox', path);
    }
    symlinkSync('usr/bin', join(root, 'bin'));
  } else {
    fakeDirectory = 'fake/sbin';
    directory(fakeDirectory);
    binds.push('mount --rbind /usr "$1/usr"', 'mount --bind "$1/fake/sbin" "$1/usr/sbin"');
    // Debian's awk is a link through /etc/alternatives.
    directory('etc/alternatives');
    symlinkSync('/usr/bin/mawk', join(root, 'etc/alternatives/awk'));
    for (const name of ['bin', 'sbin', 'lib', 'lib64', 'lib32']) {
      if (existsSync(`/usr/${name}`)) symlinkSync(`usr/${name}`, join(root, name));
    }
  }
  for (const [name, text] of fakes) writeFileSync(join(root, fakeDirectory, name), text, { mode: 0o755 });
  const enter = `${binds.join(' && ')} && exec chroot "$1" /bin/sh -c "$2"`;
  const run = (script: string, stdin: Buffer) =>
    new Promise<{ code: number; stdout: string; stderr: string }>((resolve, reject) => {
      const child = spawn('unshare', ['-m', 'sh', '-c', enter, 'enter', root, script]);
      let stdout = '';
      let stderr = '';
      child.stdout.on('data', (chunk) => {
        stdout += chunk;
      });
      child.stderr.on('data', (chunk) => {
        stderr += chunk;
      });
      child.on('error', reject);
      child.on('close', (code) => resolve({ code: code ?? 137, stdout, stderr }));
      child.stdin.on('error', () => {
        // A script that does not read its input is no failure.
      });
      child.stdin.end(stdin);
    });
  const refuse = () => {
    throw new Error('a scratch host is no login');
  };
  return {
    root,
    sh: (script) => run(`PATH=/usr/sbin:/usr/bin:/sbin:/bin; ${script}`, Buffer.alloc(0)),
    transport: {
      async run(it: Command): Promise<Outcome> {
        const stdin = Buffer.concat(
          it.stdin.map((piece) => (piece instanceof Secret ? piece.open() : Buffer.from(piece))),
        );
        return { kind: 'exited', ...(await run(renderForShell(it), stdin)), truncated: false };
      },
      get connection() {
        return refuse();
      },
      fresh: refuse,
      probe: refuse,
      counts: refuse,
      lost: () => false,
      close: async () => {},
    },
    destroy: () => rmSync(root, { recursive: true, force: true }),
  };
}

function libraries(binary: string): string[] {
  const { stdout } = spawnSync('ldd', [binary], { encoding: 'utf8' });
  return [...stdout.matchAll(/(?:=> )?(\/\S+) \(/g)]
    .map((match) => match[1] ?? '')
    .filter((path) => path !== '');
}

/** Every object below /etc of a scratch host: type, mode, owner, link count, target or content. */
export async function picture(host: ScratchHost): Promise<string> {
  const script = `cd /etc && find . | sort | while IFS= read -r f; do
    printf '%s %s ' "$f" "$(stat -c '%F %a %u %g %h' "$f")"
    if [ -L "$f" ]; then readlink "$f"; elif [ -f "$f" ]; then sha256sum <"$f"; else echo; fi
  done; ls /fake/active; cd /fake && for f in nft/*; do [ ! -f "$f" ] || { echo "$f"; cat "$f"; }; done`;
  const { stdout } = await host.sh(script);
  return stdout;
}

export const leftovers = (host: ScratchHost): string[] =>
  readdirSync(join(host.root, 'var/lib/portcullis')).filter(
    (name) => name.startsWith('incoming.') || name === 'armed',
  );
