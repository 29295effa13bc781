import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Fact } from '../../src/facts/fact.ts';
import { gather, gatherCommand, parseGathered, splitGathered } from '../../src/facts/gather.ts';
import { FACTS, stableReadings } from '../../src/facts/index.ts';
import { reader } from '../../src/facts/sections.ts';
import { TargetError } from '../../src/model/errors.ts';
import type { SessionEvent } from '../../src/model/event.ts';
import { known, type Outcome } from '../../src/model/outcome.ts';
import { renderForShell } from '../../src/text/command.ts';

const NONCE = '00112233445566778899aabbccddeeff';

function fact(name: string, script: string, limits: Partial<Fact<unknown>> = {}): Fact<unknown> {
  const parse = reader((sections) => known(sections.body('x')));
  return {
    name,
    title: name,
    stability: 'volatile',
    script,
    deadline: 30,
    outputLimit: 1000,
    parse,
    ...limits,
  };
}

/** Runs the real script in a shell of this machine; the scripts here only print. */
function asked(shell: readonly string[], facts: Record<string, Fact<unknown>>) {
  const command = gatherCommand(NONCE, facts);
  const [file = '', ...args] = shell;
  const input = command.stdin.join('');
  const done = spawnSync(file, [...args, '-c', renderForShell(command)], { input, encoding: 'utf8' });
  return { replies: splitGathered(done.stdout, facts, NONCE), done };
}

describe.each([[['dash']], [['busybox', 'sh']], [['bash', '--posix']]])(
  'the gathering script under %s',
  (shell) => {
    it('keeps facts apart: output, errors, exit code, limits, time', () => {
      const { replies, done } = asked(shell, {
        good: fact('good', 'echo out; echo err >&2; exit 3'),
        accounts: fact('accounts', 'printf "no line end"; cat'),
        slow: fact('slow', 'echo begun; sleep 20', { deadline: 2 }),
        shouting: fact('shouting', 'while :; do echo 0123456789; done', { outputLimit: 100 }),
        env: fact('env', 'echo "N=$N $LC_ALL $PATH"; pwd; umask'),
      });
      expect(done.status).toBe(0);
      expect(done.stderr).toBe('');
      expect(replies.get('good')).toEqual({ code: 3, stdout: 'out\n', stderr: 'err', truncated: false });
      expect(replies.get('accounts')).toEqual({
        code: 0,
        stdout: 'no line end',
        stderr: '',
        truncated: false,
      });
      expect(replies.get('slow')).toMatchObject({ stdout: 'begun\n', truncated: false });
      expect([124, 143]).toContain(replies.get('slow')?.code);
      expect(replies.get('shouting')).toMatchObject({ truncated: true });
      expect(replies.get('shouting')?.stdout.length).toBe(100);
      expect(replies.get('env')?.stdout).toBe(`N=${NONCE} C /usr/sbin:/usr/bin:/sbin:/bin\n/\n0077\n`);
    });

    it('keeps the word that frames the answer from whatever a fact starts', () => {
      const script = 'printf "\\n@%s x\\n" "$N"; env; sh -c \'echo "inner=$N"\'';
      const { replies } = asked(shell, { good: fact('good', script, { outputLimit: 100_000 }) });
      const said = replies.get('good')?.stdout ?? '';
      expect(said).toContain('PATH=');
      expect(said).toContain('inner=\n');
      expect(said.replace(NONCE, '')).not.toContain(NONCE);
    });

    it('is not fooled by frames in what a fact prints', () => {
      const forged = "printf '\\nffff said good\\n\\n0\\nffff begin other\\n'";
      const { replies } = asked(shell, { good: fact('good', forged), other: fact('other', 'echo real') });
      expect(replies.get('good')?.stdout).toContain('ffff begin other');
      expect(replies.get('other')?.stdout).toBe('real\n');
    });
  },
);

describe('every script of the facts', () => {
  const folder = new URL('../../src/facts/', import.meta.url);
  const scripts = readdirSync(folder).filter((name) => name.endsWith('.sh'));

  it.each(scripts)('%s is POSIX shell to dash and busybox, and writes no file', (name) => {
    const text = readFileSync(new URL(name, folder), 'utf8');
    for (const [shell = '', ...args] of [['dash'], ['busybox', 'sh']]) {
      expect(spawnSync(shell, [...args, '-n'], { input: text, encoding: 'utf8' })).toMatchObject({
        status: 0,
        stderr: '',
      });
    }
    const writes = text
      .split('\n')
      .filter(
        (line) => !/^\s*#/.test(line) && /(^|[^0-9&>$<^-])>{1,2}\s*[^&\s]|<<|\btee\b|mktemp/.test(line),
      );
    expect(writes.filter((line) => !/>\s*\/dev\/null/.test(line))).toEqual([]);
  });
});

describe('reading the answer', () => {
  const exited = (stdout: string): Outcome => ({
    kind: 'exited',
    code: 0,
    stdout,
    stderr: '',
    truncated: false,
  });
  const framed = (name: string, body: string, code = 0) =>
    `\n${NONCE} begin ${name}\n${body}\n${NONCE} said ${name}\n\n${code}`;

  it('reads what is there, whatever stands around it, and says why the rest is unknown', () => {
    const body = '\n@ab machine\n659ae708a8be4a6db1b81956f27d8dbf\n\n@ab hostname\nshop\n';
    const readings = parseGathered(exited(`motd noise${framed('identity', body)}`), NONCE);
    expect(readings.identity).toMatchObject({ kind: 'known', value: { hostname: 'shop' } });
    expect(readings.sshd).toEqual({ kind: 'unknown', reason: 'no answer: the script ended with 0' });
  });

  it('a fact that is answered twice is unknown, and takes no other with it', () => {
    const who = framed('who', '\n@ab login\n\n');
    for (const forged of [who, `\n${NONCE} begin who\nhalf`]) {
      const text =
        who +
        framed('identity', '\n@ab machine\n659ae708a8be4a6db1b81956f27d8dbf\n\n@ab hostname\nshop\n') +
        forged;
      const readings = parseGathered(exited(text), NONCE);
      expect(readings.who.kind).toBe('unknown');
      expect(readings.identity).toMatchObject({ value: { hostname: 'shop' } });
    }
  });

  it('a torn answer leaves the facts it lacks unknown, never absent', () => {
    const torn: Outcome = {
      kind: 'timedOut',
      deadline: 60_000,
      stdout: `${framed('who', '\n@ab login\n\n')}\n${NONCE} begin os\nhalf`,
      stderr: '',
    };
    const readings = parseGathered(torn, NONCE);
    expect(readings.who.kind).toBe('absent');
    expect(readings.os).toEqual({ kind: 'unknown', reason: 'no answer: it took longer than 60 s' });
  });

  it.each<[string, Outcome]>([
    ['a lost connection', { kind: 'lost', reason: 'read ECONNRESET' }],
    [
      'no shell at all',
      { kind: 'exited', code: 127, stdout: 'This account is not available.', stderr: '', truncated: false },
    ],
    ['a frame with another word', exited('\nffff begin os\n\nffff said os\n\n0')],
  ])('%s stops the run with exit 6', (_, outcome) => {
    const failure = () => parseGathered(outcome, NONCE);
    expect(failure).toThrow(TargetError);
    expect(failure).toThrow(expect.objectContaining({ exitCode: 6 }));
  });

  it('asks once, with a fresh word each time, and tells how it goes', async () => {
    const words: string[] = [];
    const events: SessionEvent[] = [];
    const run = async (command: { stdin: readonly unknown[] }) => {
      const nonce = String(command.stdin[0]).trim();
      words.push(nonce);
      return exited(framed('who', '\n@ab login\n\n').replaceAll(NONCE, nonce));
    };
    await gather({ run }, (event) => events.push(event));
    await gather({ run });
    expect(words).toHaveLength(2);
    expect(words[0]).toMatch(/^[0-9a-f]{32}$/);
    expect(words[1]).not.toBe(words[0]);
    expect(events[0]).toMatchObject({ type: 'discovering', done: 0, total: Object.keys(FACTS).length });
    expect(events.at(-1)).toMatchObject({ type: 'discovered', unknown: expect.not.arrayContaining(['who']) });
  });

  it('keeps the word that frames the answer out of every argument', () => {
    expect(renderForShell(gatherCommand(NONCE))).not.toContain(NONCE);
  });
});

describe('what a plan rests on', () => {
  it('leaves out what changes by itself: volatile facts, logins, states, where the operator comes from', () => {
    const login = { user: 'ana', method: 'publickey', address: '::1', fingerprint: null, epochSeconds: 5 };
    const account = { name: 'ana', lastLogin: 5, lastKeyUse: { x: 5 } };
    const view = (address: string) => ({ user: 'ana', address, effective: {} });
    const readings = (seconds: number) =>
      ({
        boot: known({ uptimeSeconds: seconds }),
        init: known({ name: 'systemd', version: 252, state: String(seconds) }),
        sshd: known({
          version: '9.2p1',
          unit: { name: 's', active: String(seconds), enabled: 'e' },
          perConnection: [view(`198.51.100.${seconds}`), view('192.0.2.1')],
          recentLogins: [{ ...login, epochSeconds: seconds }],
        }),
        accounts: known({ accounts: [{ ...account, lastLogin: seconds }], nologin: false, groups: {} }),
      }) as unknown as Parameters<typeof stableReadings>[0];
    expect(stableReadings(readings(1))).toEqual(stableReadings(readings(2)));
    expect(stableReadings(readings(1))).toEqual({
      init: known({ name: 'systemd', version: 252 }),
      sshd: known({
        version: '9.2p1',
        unit: { name: 's', enabled: 'e' },
        perConnection: [view('192.0.2.1')],
      }),
      accounts: known({ accounts: [{ name: 'ana' }], nologin: false, groups: {} }),
    });
  });
});
