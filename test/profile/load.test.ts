import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { UserError } from '../../src/model/errors.ts';
import { listProfiles, loadProfile, validateProfile } from '../../src/profile/load.ts';
import { readDocument } from '../../src/profile/read-document.ts';

let folder: string;
const HEAD = 'schema: 1\ntitle: T\ndescription: D\n';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'profiles-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

async function messageOf(path: string): Promise<string> {
  const error: unknown = await loadProfile(path).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UserError);
  expect((error as UserError).exitCode).toBe(64);
  return (error as UserError).message;
}

describe('files that are no profile', () => {
  test('a missing file is not found', async () => {
    expect(await messageOf(join(folder, 'none.yaml'))).toContain('not found');
  });
  test('a directory is a directory', async () => {
    mkdirSync(join(folder, 'dir.yaml'));
    expect(await messageOf(join(folder, 'dir.yaml'))).toContain('is a directory');
  });
  test('a FIFO without a writer is refused at once', async () => {
    execFileSync('mkfifo', [join(folder, 'fifo.yaml')]);
    expect(await messageOf(join(folder, 'fifo.yaml'))).toContain('not a regular file');
  });
  test('nothing, and nothing but comments, is an empty profile', async () => {
    expect(await messageOf(write('empty.yaml', ''))).toContain('profile is empty');
    expect(await messageOf(write('comments.yaml', '# a\n\n# b\n'))).toContain('profile is empty');
  });
  test('five megabytes are refused before they are parsed', async () => {
    const started = performance.now();
    expect(await messageOf(write('large.yaml', `a: ${'['.repeat(5 * 1024 * 1024)}`))).toContain(
      'is 5.0 MB; limit 256 KiB',
    );
    expect(performance.now() - started).toBeLessThan(10_000);
  });
  test('a file full of one sign ends in a message, not in a dead process', async () => {
    // What nests is tried at full size; what only faults at every sign is slow to parse and tried smaller.
    const whole = ['[', '{', '- ', '? ', '[{a: '].map((unit) => [unit, 256 * 1024 - 10] as const);
    const small = ['&a\n', '"', '*a '].map((unit) => [unit, 16 * 1024] as const);
    for (const [unit, size] of [...whole, ...small]) {
      const text = unit.repeat(Math.floor(size / unit.length));
      expect(await messageOf(write('hostile.yaml', text))).toMatch(/problem/);
    }
  });
});

describe('encodings', () => {
  const text = `${HEAD}id: enc\nsteps: [sshd]\n`;
  test('UTF-16 and invalid UTF-8 are named with the byte', async () => {
    expect(await messageOf(write('enc.yaml', Buffer.from(`\ufeff${text}`, 'utf16le')))).toContain(
      'not UTF-8 at byte 0',
    );
    expect(await messageOf(write('enc.yaml', Buffer.from(text, 'utf16le')))).toContain('at byte 1');
    const bad = Buffer.concat([Buffer.from('# ä\n'), Buffer.from([0xc3, 0x28]), Buffer.from(text)]);
    expect(await messageOf(write('enc.yaml', bad))).toContain('not UTF-8 at byte 5');
    const cut = Buffer.concat([Buffer.from(text), Buffer.from([0xe2, 0x82])]);
    expect(await messageOf(write('enc.yaml', cut))).toContain(`not UTF-8 at byte ${text.length}`);
  });
  test('a byte order mark and CRLF are accepted', async () => {
    const profile = await loadProfile(write('enc.yaml', `\ufeff${text.replaceAll('\n', '\r\n')}`));
    expect(profile.steps).toEqual(['sshd']);
  });
});

describe('extends', () => {
  test('a child takes the steps of linux, and its own words win', async () => {
    const middle = write(
      'middle.yaml',
      `${HEAD}id: middle\nextends: linux\nanswers: {sshd.port: 2222, a.b: x}\n`,
    );
    const child = write('child.yaml', `${HEAD}id: child\nextends: ./middle.yaml\nanswers: {a.b: y}\n`);
    expect((await loadProfile(middle)).steps).toEqual((await loadProfile('linux')).steps);
    const profile = await validateProfile(child);
    expect([...profile.answers]).toEqual([
      ['sshd.port', 2222],
      ['a.b', 'y'],
    ]);
  });
  test('a loop is shown with its way', async () => {
    write('loop-a.yaml', `${HEAD}id: loop-a\nextends: ./loop-b.yaml\n`);
    write('loop-b.yaml', `${HEAD}id: loop-b\nextends: ./loop-a.yaml\n`);
    expect(await messageOf(join(folder, 'loop-a.yaml'))).toContain('loop-a.yaml → loop-b.yaml → loop-a.yaml');
  });
  test('a parent that does not exist is told with its line', async () => {
    expect(await messageOf(write('orphan.yaml', `${HEAD}id: orphan\nextends: lnux\n`))).toMatch(
      /orphan\.yaml:5:\d+: extends "lnux": no such profile/,
    );
  });
  test('problems of the parent are reported together with the own ones', async () => {
    write('bad-base.yaml', `${HEAD}id: bad-base\nsteps: [sshd]\nwrong: 1\n`);
    const message = await messageOf(write('bad.yaml', `${HEAD}id: bad\nextends: ./bad-base.yaml\nalso: 1\n`));
    expect(message).toContain('2 problems');
    expect(message).toContain('bad.yaml:6:1');
    expect(message).toContain('bad-base.yaml:6:1');
  });
  test('a profile without any step is refused', async () => {
    expect(await messageOf(write('no-steps.yaml', `${HEAD}id: no-steps\n`))).toContain('no step is named');
  });
});

describe('built-in profiles', () => {
  test('linux is there and every built-in profile is valid', async () => {
    const profiles = await listProfiles();
    expect(profiles.map((it) => it.id)).toContain('linux');
    for (const { id } of profiles) expect((await loadProfile(id)).id).toBe(id);
  });
  test('a name nearly right is told the right one', async () => {
    const error = await loadProfile('linus').catch((thrown: unknown) => thrown);
    expect((error as UserError).hints.join(' ')).toContain('did you mean "linux"?');
  });
});

test('no text at all makes the reader throw or hang', () => {
  const yamlish = fc.stringMatching(/^[[\]{}:,&*!|>'"%@`#?\- \nab0<]{0,200}$/);
  fc.assert(
    fc.property(fc.oneof(yamlish, fc.string({ unit: 'binary', maxLength: 200 })), (text) => {
      const { faults, document } = readDocument(text, '/p/fuzz.yaml');
      // No random text is a valid profile, so each must be told why.
      return document === undefined && faults.length > 0;
    }),
    { numRuns: 400 },
  );
});
