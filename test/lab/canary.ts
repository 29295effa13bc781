// Whether a secret got out: into an argument or an environment while something ran, into a log, a journal, a file, or what the program
// itself wrote, on a terminal too. Looked for as it is, in base64 at any offset (both alphabets), in hex and URL-encoded.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Host } from '../../src/lab/host.ts';

/** Every argument list and environment that shows while it runs, each once; a hundred looks a second. */
const SAMPLER = `import os, sys, time
seen = set()
stop = '/tmp/canary.stop'
while not os.path.exists(stop):
    for pid in os.listdir('/proc'):
        if not pid.isdigit() or int(pid) == os.getpid():
            continue
        for name in ('cmdline', 'environ'):
            try:
                with open('/proc/' + pid + '/' + name, 'rb') as file:
                    seen.add(name.encode() + b' ' + open('/proc/' + pid + '/comm', 'rb').read().strip() + b' ' + file.read())
            except OSError:
                pass
    time.sleep(0.01)
os.remove(stop)
with open('/tmp/canary.samples.new', 'wb') as file:
    file.write(b'\\n'.join(seen))
os.rename('/tmp/canary.samples.new', '/tmp/canary.samples')
`;

/** Paths of files that hold a needle, and are not a checkpoint of ours that root alone may read. */
const SEARCH = `import json, os, stat, sys
asked = json.load(sys.stdin)
needles = [needle.encode() for needle in asked['needles']]
for top in asked['places']:
    for folder, names, files in os.walk(top):
        for name in files:
            path = os.path.join(folder, name)
            try:
                info = os.lstat(path)
                if not stat.S_ISREG(info.st_mode) or path in asked['homes']:
                    continue
                ours = path.startswith('/var/lib/portcullis/')
                private = ours and info.st_uid == 0 and info.st_mode & 0o077 == 0
                # The original itself keeps its mode, behind a folder that root alone may enter.
                if ours and '/keep/' in path and os.stat('/var/lib/portcullis').st_mode & 0o077 == 0:
                    private = True
                if private or info.st_size > 64 * 1024 * 1024:
                    continue
                with open(path, 'rb') as file:
                    text = file.read()
            except OSError:
                continue
            if any(needle in text for needle in needles):
                print(path)
`;

/** Where it is looked for on the host. */
export const PLACES = [
  '/etc',
  '/home',
  '/opt',
  '/root',
  '/run',
  '/srv',
  '/tmp',
  '/var/lib/portcullis',
  '/var/lib/systemd',
  '/var/log',
  '/var/tmp',
];

export type Canary = {
  /**
   * Where the values were seen, a line each. `homes`: files that hold them rightly. `users`: programs that are given them in their
   * environment. `texts`: what the program printed, bytes of a terminal too; `folder`: where it keeps its state.
   */
  readonly hits: (it: {
    readonly values: readonly string[];
    readonly homes: readonly string[];
    readonly users: readonly string[];
    readonly texts: readonly string[];
    readonly folder: string;
  }) => Promise<readonly string[]>;
};

/** Forms of a value that somebody could read it from. */
export function needlesOf(value: string): readonly string[] {
  const bytes = Buffer.from(value, 'utf8');
  // In base64 three offsets look different; what mixes with the neighbours is cut off.
  const shifted = [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    return text.slice(Math.ceil((offset * 4) / 3), text.length - 1);
  });
  const url = shifted.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'));
  const hex = bytes.toString('hex');
  return [...new Set([value, ...shifted, ...url, hex, hex.toUpperCase(), encodeURIComponent(value)])];
}

/** What a text says, and what it says to who reads it on a terminal: without sequences, and without the breaks of lines. */
export function readingsOf(text: string): readonly string[] {
  const plain = text
    .replaceAll(
      /\u001b\[[0-9;?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(\u0007|\u001b\\)|\u001b[()][A-Z0-9]|\u001b[=>]/g,
      '',
    )
    .replaceAll('\r', '');
  return [text, plain, plain.replaceAll(/ *\n */g, '')];
}

export function holdsOne(text: string, needles: readonly string[]): boolean {
  return readingsOf(text).some((reading) => needles.some((needle) => reading.includes(needle)));
}

/** Watches from now on. */
export async function releaseCanary(host: Host): Promise<Canary> {
  await host.writeFile('/tmp/canary.py', SAMPLER, '0600');
  await host.console('systemd-run --quiet --collect --unit=canary python3 /tmp/canary.py');
  return {
    hits: async ({ values, homes, users, texts, folder }) => {
      const needles = values.flatMap(needlesOf);
      // A search that would find nothing at all is none.
      const decoy = `decoy-${Math.random()}`;
      await host.writeFile('/run/canary.decoy', Buffer.from(`x${decoy}`).toString('base64'), '0600');
      const holds = (text: string): boolean => holdsOne(text, needles);
      await host.console('touch /tmp/canary.stop; until [ -f /tmp/canary.samples ]; do sleep 0.05; done');
      const samples = (await host.console('cat /tmp/canary.samples')).stdout;
      if (!samples.includes('portcullis')) throw new Error('the canary saw nothing of the run');
      const shown = samples.split(/\n(?=cmdline |environ )/).filter(holds);
      const strange = shown.filter((line) => !users.some((user) => line.startsWith(`environ ${user} `)));
      await host.console('rm -f /tmp/canary.samples /tmp/canary.py');
      await host.console('journalctl --no-pager -o json >/run/canary.journal');
      const stdin = JSON.stringify({ needles: [...needles, ...needlesOf(decoy)], places: PLACES, homes });
      const found = await host.console(`python3 -c '${SEARCH.replaceAll("'", `'"'"'`)}'`, { stdin });
      await host.console('rm -f /run/canary.journal /run/canary.decoy');
      const files = found.stdout.split('\n').filter((line) => line !== '');
      if (!files.includes('/run/canary.decoy')) throw new Error(`the search found nothing: ${found.stderr}`);
      return [
        ...strange.map((line) => `process: ${line.slice(0, 80)}`),
        ...files.filter((path) => path !== '/run/canary.decoy'),
        ...texts.filter(holds).map((text) => `printed: ${text.slice(0, 80)}`),
        ...(await filesWith(folder, holds)),
      ];
    },
  };
}

async function filesWith(folder: string, holds: (text: string) => boolean): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const hits: string[] = [];
  for (const entry of entries.filter((it) => it.isFile())) {
    const path = join(entry.parentPath, entry.name);
    if (holds(await readFile(path, 'latin1'))) hits.push(path);
  }
  return hits;
}
