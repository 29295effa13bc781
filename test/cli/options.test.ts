import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { parseLease, parseRecheck, parseTtl } from '../../src/cli/options.ts';
import { askWithPasswordFiles } from '../../src/cli/password-file.ts';
import { runProgram } from '../../src/cli/program.ts';
import { againLine, repeatLine, stepWords, withPort } from '../../src/cli/repeat.ts';
import type { Finding } from '../../src/model/control.ts';
import { Secret } from '../../src/text/secret.ts';

let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-options-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

it.each([
  ['90s', 90],
  ['2m', 120],
  ['30', 30],
])('a lease of %s is %i seconds', (text, seconds) => {
  expect(parseLease(text)).toBe(seconds);
});

it.each(['29s', '16m', '0', '-5', '90 s', '1h', ''])('a lease of "%s" is refused with the limits', (text) => {
  expect(() => parseLease(text)).toThrow('30 to 900 seconds');
});

it('a control that is misspelt after --without is named before anything is connected, with its neighbour', async () => {
  const words = ['plan', 'root@192.0.2.1', '--without', 'sshd.pasword-login'];
  await expect(runProgram(words, { version: '0' })).rejects.toMatchObject({
    exitCode: 64,
    where: '--without',
    message: 'there is no control "sshd.pasword-login"',
    hints: ['did you mean sshd.password-login?', 'portcullis explain lists all controls'],
  });
});

it('a time to live has a unit and limits', () => {
  expect([parseTtl('30m'), parseTtl('2h'), parseTtl('7d')]).toEqual([1800, 7200, 604_800]);
  for (const text of ['59s', '366d', '2', '', '2 h', '-1h'])
    expect(() => parseTtl(text), text).toThrow('1m to 365d');
});

it.each([
  [['--reason', 'x', '--allow', '192.0.2.7/24', '--yes'], 'did you mean 192.0.2.0/24?'],
  [['--reason', 'x', '--allow', '0.0.0.0/0', '--yes'], 'opens to everyone'],
  [['--reason', 'x', '--allow', 'shop.example.com', '--yes'], 'is not an address'],
  [['--reason', 'a\u001b[2Jb', '--yes'], 'the reason is not one line of text'],
  [['--reason', 'x'], 'lockdown changes who may reach the host and needs your approval'],
])('a lockdown is refused before it connects: %j', async (words, message) => {
  const running = runProgram(['lockdown', 'root@192.0.2.1', ...words], { version: '0' });
  await expect(running).rejects.toThrow(message);
});

it('a lockdown without a reason names its flag', async () => {
  let told = '';
  const write = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    told += String(text);
    return true;
  });
  const code = await runProgram(['lockdown', 'root@192.0.2.1', '--yes'], { version: '0' });
  write.mockRestore();
  expect([code, told]).toEqual([64, expect.stringContaining('--reason <text>')]);
});

it('rechecks are seconds or none', () => {
  expect(parseRecheck('5,30')).toEqual([5, 30]);
  expect(parseRecheck('none')).toEqual([]);
  expect(() => parseRecheck('soon')).toThrow('e.g. 5,30');
});

it('the repeating command line survives a shell, whatever the answers hold', () => {
  const line = repeatLine({
    target: 'root@shop',
    profile: 'linux',
    without: ['sshd.banner'],
    answers: {
      'sshd.banner': "it's $HOME; rm -rf /",
      'sshd.allow-users': ['ana', 'deploy'],
      'sshd.port': 22,
    },
  });
  expect(line).toBe(
    "portcullis apply root@shop --without sshd.banner --set sshd.allow-users=ana,deploy --set 'sshd.banner=it'\\''s $HOME; rm -rf /' --set sshd.port=22 --yes",
  );
});

it.each([
  [
    ['firewall', 'sshd', 'sshd'],
    ['firewall', 'sshd'],
  ],
  [['sshd', 'firewall', 'fail2ban'], []],
])('a plan of %j names the steps %j', (walked, named) => {
  const findings = walked.map((step) => ({ step }) as Finding);
  expect(stepWords({ findings }, { steps: ['firewall', 'sshd', 'fail2ban'] })).toEqual(named);
});

it('another command is reached the same way, with what differs from the defaults only', () => {
  const way = { identity: '/home/ana/key', sudo: 'auto', lease: 120, recheck: [], confirm: 'auto' } as const;
  expect(againLine('rollback', 'root@[fd00::2]:22', way, '--yes')).toBe(
    "portcullis rollback 'root@[fd00::2]:22' --identity /home/ana/key --lease 120s --recheck none --yes",
  );
});

it.each([
  ['root@shop', 'root@shop:2222'],
  ['shop:22', 'shop:2222'],
  ['root@[fd00::2]:22', 'root@[fd00::2]:2222'],
  ['fd00::2', '[fd00::2]:2222'],
  ['ssh://root@shop:22', 'ssh://root@shop:2222'],
])('%s with port 2222 is %s', (target, moved) => {
  expect(withPort(target, 2222)).toBe(moved);
});

it('a sudo password comes from the first line of a private file, and from no other', async () => {
  const file = join(folder, 'password');
  await writeFile(file, 'tide ladder\nsecond line\n');
  await chmod(file, 0o644);
  const decline = async () => ({ kind: 'decline' }) as const;
  await expect(askWithPasswordFiles({ sudoPasswordFile: file }, decline)).rejects.toThrow(
    'others can read this file',
  );
  await chmod(file, 0o600);
  const ask = await askWithPasswordFiles({ sudoPasswordFile: file }, decline);
  const reply = await ask({ kind: 'sudo-password', user: 'ana', host: 'shop' });
  expect(reply.kind === 'secret' && reply.secret.equals(new Secret('tide ladder'))).toBe(true);
  expect(await ask({ kind: 'passphrase', prompt: 'key' })).toEqual({ kind: 'decline' });
  await writeFile(file, '\n');
  await expect(askWithPasswordFiles({ sudoPasswordFile: file }, decline)).rejects.toThrow(
    'first line is empty',
  );
});

it.each([[['apply', 'root@nowhere']], [['rollback', 'root@nowhere']]])(
  '%j needs --yes before anything is tried',
  async (words) => {
    await expect(runProgram(words, { version: '0' })).rejects.toMatchObject({ exitCode: 64, where: '--yes' });
  },
);

it.each([
  [['check']],
  [['check', 'host', '--format', 'pdf']],
  [['apply', 'host', '--lease', '1s']],
  [['--no-such-option']],
])('%j is a usage error', async (words) => {
  expect(await runProgram(words, { version: '0' })).toBe(64);
});

it('a target that is no host name is refused where it stands', async () => {
  await expect(runProgram(['check', 'host;reboot'], { version: '0' })).rejects.toMatchObject({
    exitCode: 64,
  });
});
