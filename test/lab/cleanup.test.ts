import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { build, type Plugin } from 'esbuild';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { bootHost } from '../../src/lab/host.ts';
import { sweepStale } from '../../src/lab/host-record.ts';
import { labPaths } from '../../src/lab/paths.ts';
import { describeLab } from './harness.ts';

const rawText: Plugin = {
  name: 'raw-text',
  setup(plugin) {
    plugin.onResolve({ filter: /\?raw$/ }, ({ resolveDir, path }) => ({
      path: resolve(resolveDir, path.replace('?raw', '')),
      namespace: 'raw',
    }));
    plugin.onLoad({ filter: /./, namespace: 'raw' }, async ({ path }) => ({
      contents: await readFile(path, 'utf8'),
      loader: 'text',
    }));
  },
};

await describeLab('a host whose owner goes away', () => {
  let folder: string;
  let program: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'portcullis-cleanup-'));
    program = join(folder, 'boot-and-wait.mjs');
    await build({
      entryPoints: [join(import.meta.dirname, 'fixtures/boot-and-wait.ts')],
      outfile: program,
      bundle: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      banner: {
        js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
      },
      plugins: [rawText],
    });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function bootElsewhere() {
    const child = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'inherit'] });
    for await (const line of createInterface({ input: child.stdout })) {
      const host = JSON.parse(line) as { link: string; root: string; leader: number };
      const record = join(labPaths().hostRecords, host.link.replace('pcl', ''));
      return { child, ...host, record, index: await linkIndex(host.link) };
    }
    throw new Error('the fixture ended before its host was up');
  }

  // Another process of this machine may take the number, and so the names, at once: the things themselves are told apart.
  const linkIndex = (link: string) =>
    readFile(`/sys/class/net/${link}/ifindex`, 'utf8').catch(() => undefined);
  const recordedData = (record: string) => readFile(join(record, 'data'), 'utf8').catch(() => undefined);

  const leftovers = async (host: Awaited<ReturnType<typeof bootElsewhere>>) => ({
    process: existsSync(`/proc/${host.leader}/root/etc/hostname`),
    link: (await linkIndex(host.link)) === host.index,
    mounts: (await readFile('/proc/self/mounts', 'utf8')).includes(`${dirname(host.root)}/`),
    files: existsSync(dirname(host.root)),
    record: (await recordedData(host.record)) === `${dirname(host.root)}\n`,
  });
  const nothing = { process: false, link: false, mounts: false, files: false, record: false };

  it('is taken away wholly when the owner is killed', async () => {
    const host = await bootElsewhere();
    expect(Object.values(await leftovers(host))).toEqual([true, true, true, true, true]);
    host.child.kill('SIGKILL');
    await vi.waitFor(async () => expect(await leftovers(host)).toEqual(nothing), {
      timeout: 15_000,
      interval: 100,
    });
  });

  it('is swept by the next boot when its reaper was killed too, and hosts of the living are left alone', async () => {
    const mine = await bootHost({ image: 'trixie-bare' });
    const host = await bootElsewhere();
    const reaper = Number.parseInt(await readFile(join(host.record, 'reaper'), 'utf8'), 10);
    process.kill(reaper, 'SIGKILL');
    host.child.kill('SIGKILL');
    await new Promise((settle) => host.child.once('close', settle));
    // A killed process is there until the kernel gets to it, and any other boot may sweep it first: what counts is
    // that sweeping takes it away.
    await vi.waitFor(
      async () => {
        await sweepStale();
        expect(await leftovers(host)).toEqual(nothing);
      },
      { timeout: 15_000, interval: 100 },
    );
    expect((await mine.ssh('echo alive')).stdout).toBe('alive\n');
    await mine.destroy();
  });
});
