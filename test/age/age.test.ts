// What is encrypted here is opened by the real age, with the private halves that age-keygen and ssh-keygen made; and what nobody could
// open is refused before anything is encrypted.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encryptFor } from '../../src/age/encrypt.ts';
import { readRecipients } from '../../src/age/recipient.ts';
import { montgomery } from '../../src/age/ssh-wrap.ts';

const FLAG = '--to-age';
const folder = mkdtempSync(join(tmpdir(), 'portcullis-age-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const tools = ['age', 'age-keygen', 'ssh-keygen'].filter(
  (name) => spawnSync(name, ['--help']).error !== undefined,
);
const lacking = tools.length === 0 ? '' : ` (needs ${tools.join(', ')})`;

function sshKey(name: string, ...words: string[]): string {
  const file = join(folder, name);
  execFileSync('ssh-keygen', ['-q', '-N', '', '-C', 'ana@desk', '-f', file, ...words]);
  return file;
}

const encrypted = async (words: readonly string[], bytes: Uint8Array): Promise<Uint8Array> => {
  const recipients = (await Promise.all(words.map((word) => readRecipients(word, FLAG)))).flat();
  return await (await encryptFor(recipients, FLAG))(bytes);
};

const opened = (identity: string, file: Uint8Array) => {
  const { status, stdout, stderr } = spawnSync('age', ['-d', '-i', identity], { input: file });
  return { status, bytes: stdout, said: stderr.toString() };
};

describe.skipIf(tools.length > 0)(`age itself${lacking}`, () => {
  const identities = new Map<string, { readonly identity: string; readonly word: string }>();
  beforeAll(() => {
    const own = join(folder, 'age.txt');
    execFileSync('age-keygen', ['-o', own], { stdio: 'ignore' });
    const recipient = execFileSync('age-keygen', ['-y', own]).toString().trim();
    identities.set('age', { identity: own, word: recipient });
    for (const [kind, size] of [
      ['ed25519', []],
      ['rsa', ['-b', '2048']],
    ] as const) {
      const file = sshKey(kind, '-t', kind, ...size);
      identities.set(`ssh-${kind}`, { identity: file, word: readFileSync(`${file}.pub`, 'utf8').trim() });
    }
  });

  it.each(['age', 'ssh-ed25519', 'ssh-rsa'])(
    'opens what was encrypted for a key of %s, whatever it is',
    async (kind) => {
      const { identity, word } = identities.get(kind) ?? { identity: '', word: '' };
      await fc.assert(
        fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
          const { status, bytes: back, said } = opened(identity, await encrypted([word], bytes));
          expect([status, said]).toEqual([0, '']);
          expect(Buffer.from(bytes).equals(back)).toBe(true);
        }),
        { numRuns: 8 },
      );
    },
  );

  it('opens it for ed25519 keys of many people', async () => {
    for (let index = 0; index < 10; index += 1) {
      const file = sshKey(`person-${index}`, '-t', 'ed25519');
      const bytes = Buffer.from(`for person ${index}`);
      const { status, bytes: back } = opened(file, await encrypted([`${file}.pub`], bytes));
      expect([status, back.toString()]).toEqual([0, bytes.toString()]);
    }
  });

  it('opens one file for each of several recipients, and for nobody else', async () => {
    const list = join(folder, 'recipients');
    const words = [...identities.values()].map(({ word }) => word);
    writeFileSync(list, `# who may\r\n\r\n${words.join('\n')}\n`);
    const file = await encrypted([list], Buffer.from('shared'));
    for (const { identity } of identities.values())
      expect(opened(identity, file).bytes.toString()).toBe('shared');
    expect(opened(sshKey('stranger', '-t', 'ed25519'), file)).toMatchObject({ status: 1 });
    expect(Buffer.from(file).includes('shared')).toBe(false);
  });

  it('is not asked to encrypt for other kinds of keys', async () => {
    const curve = readFileSync(`${sshKey('curve', '-t', 'ecdsa')}.pub`, 'utf8').trim();
    await expect(readRecipients(curve, FLAG)).rejects.toThrow('no recipient: ecdsa-sha2-nistp256');
    const small = readFileSync(`${sshKey('small', '-t', 'rsa', '-b', '1024')}.pub`, 'utf8').trim();
    await expect(readRecipients(small, FLAG)).rejects.toThrow('1024 bits');
    const key = identities.get('ssh-ed25519')?.identity ?? '';
    await expect(readRecipients(key, FLAG)).rejects.toThrow('private key');
    await expect(readRecipients(identities.get('age')?.identity ?? '', FLAG)).rejects.toThrow('private key');
  });
});

describe('a recipient', () => {
  const good = 'age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj';

  it('that was mistyped is refused, and so is one of a plugin or a damaged key', async () => {
    const mistyped = good.replace('zvky', 'zvkz');
    await expect(encryptFor(await readRecipients(mistyped, FLAG), FLAG)).rejects.toMatchObject({
      message: expect.stringContaining('mistyped'),
      where: FLAG,
    });
    await expect(readRecipients('age1yubikey1qwerty', FLAG)).rejects.toThrow('plugin');
    await expect(readRecipients(`${good}x`, FLAG)).rejects.toThrow('plugin');
    const ed = `ssh-ed25519 ${blob('ssh-ed25519', Buffer.alloc(32, 9))} ana`;
    for (const word of [
      ed.replace(' ana', '').slice(0, -4),
      ed.replace('ssh-ed', 'ssh-rsa').replace('25519', ''),
    ])
      await expect(readRecipients(word, FLAG)).rejects.toThrow('damaged');
    await expect(readRecipients(join(folder, 'absent'), FLAG)).rejects.toThrow('ENOENT');
  });

  it('whose private half is given is told so without a word of it', async () => {
    const secret = `AGE-SECRET-KEY-1${'Q'.repeat(58)}`;
    const error = await readRecipients(secret, FLAG).catch((it: unknown) => it);
    expect(String(error)).toContain('private key');
    expect(JSON.stringify([String(error), error])).not.toContain('QQQ');
  });

  it('with a key of small order is refused: everybody could open what is encrypted for it', async () => {
    // y = 1 is the neutral element; its u is zero.
    const one = Buffer.concat([Buffer.from([1]), Buffer.alloc(31)]);
    expect(Buffer.from(montgomery(one)).equals(Buffer.alloc(32))).toBe(true);
    const read = await readRecipients(`ssh-ed25519 ${blob('ssh-ed25519', one)}`, FLAG);
    await expect(encryptFor(read, FLAG)).rejects.toMatchObject({ where: FLAG });
  });

  it('file names its line where something is wrong', async () => {
    const list = join(folder, 'bad-list');
    writeFileSync(list, `# mine\n${good}\nnonsense here\n`);
    await expect(readRecipients(list, FLAG)).rejects.toMatchObject({ where: `${FLAG} ${list}:3` });
    writeFileSync(list, '# nobody\n');
    await expect(readRecipients(list, FLAG)).rejects.toThrow('names no recipient');
  });
});

function blob(type: string, ...fields: readonly Uint8Array[]): string {
  const parts = [Buffer.from(type), ...fields].flatMap((field) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(field.length);
    return [length, field];
  });
  return Buffer.concat(parts).toString('base64');
}
