import { describe, expect, it } from 'vitest';
import { EXIT } from '../../src/model/errors.ts';
import type { Outcome } from '../../src/model/outcome.ts';
import type { BaseState, Change, Primitive } from '../../src/model/resource.ts';
import { EngineLost, readAnswer, readHistory, readStatus, refusal } from '../../src/transaction/answer.ts';
import { newTransaction } from '../../src/transaction/driver.ts';
import { recoveryCard } from '../../src/transaction/recovery-card.ts';
import { renderRequest } from '../../src/transaction/request.ts';

const SUM = 'a'.repeat(64);
const change = (primitives: Primitive[], base?: BaseState, title = 't'): Change => ({
  ...{
    address: 'file:/etc/x',
    action: 'create',
    title,
    step: 'sshd',
    controls: [],
    why: '',
    risk: 'lockout',
  },
  ...{ phase: 'expand', confidence: 'predicted', effective: [], primitives },
  ...(base === undefined ? {} : { base }),
});
const put = (path: string): Primitive => ({
  kind: 'put-file',
  path,
  sha256: SUM,
  mode: '0600',
  uid: 0,
  gid: 0,
});
const reload: Primitive = { kind: 'unit', name: 'ssh.service', verb: 'reload' };
const request = (changes: Change[], more: object = {}) => {
  const { token: _, ...identity } = newTransaction(new Date('2026-11-21T23:15:03Z'));
  return {
    ...identity,
    ...{
      run: 'r',
      step: 'sshd',
      operator: "o'brien@desk\n",
      planDigest: SUM,
      changes,
      contents: { [SUM]: 'eA==' },
    },
    ...{ lease: 90, ...more },
  };
};
const operations = (text: string) => text.split('\n').filter((line) => line.startsWith('op '));
const exited = (stdout: string, code = 0): Outcome => ({
  kind: 'exited',
  code,
  stdout,
  stderr: '',
  truncated: false,
});

describe('a request', () => {
  it('puts files first, then checkers, then units, each verb once', () => {
    const validate: Primitive = { kind: 'validate', checker: 'sshd' };
    const text = renderRequest(
      request([
        change([put('/etc/a'), validate, reload], { kind: 'absent' }),
        change([put('/etc/b'), validate, { kind: 'unit', name: '', verb: 'daemon-reload' }, reload], {
          kind: 'absent',
        }),
      ]),
    );
    expect(operations(text)).toEqual([
      `op put-file L2V0Yy9h ${SUM} 0600 0 0 absent`,
      `op put-file L2V0Yy9i ${SUM} 0600 0 0 absent`,
      'op validate sshd',
      'op unit - daemon-reload - -',
      'op unit ssh.service reload - -',
    ]);
    expect(text.endsWith('content end\n')).toBe(true);
  });

  it('says a right of a database in words of a narrow grammar, before services restart', () => {
    const where = { kind: 'postgres-right', port: 5432, database: 'shop', to: false } as const;
    const rights: Primitive[] = [
      { ...where, what: 'superuser', role: 'app' },
      { ...where, what: 'connect' },
      { ...where, what: 'read', role: 'shop_read', to: true },
    ];
    expect(operations(renderRequest(request([change([reload, ...rights])])))).toEqual([
      'op postgres-right 5432 shop superuser app no',
      'op postgres-right 5432 shop connect - no',
      'op postgres-right 5432 shop read shop_read yes',
      'op unit ssh.service reload - -',
    ]);
  });

  it('makes one operation of all packages, before everything else, with the set sorted as the host sorts it', () => {
    const set = [
      { name: 'nftables', architecture: 'amd64', version: '1.1' },
      { name: 'fail2ban', architecture: 'all', version: '1:2.0~rc1' },
    ];
    const packages = (name: string): Primitive => ({ kind: 'packages', install: [name], set, kibibytes: 9 });
    const changes = [
      change([put('/etc/a')], { kind: 'absent' }),
      change([packages('nftables')]),
      change([packages('fail2ban')]),
    ];
    const [first, ...others] = operations(renderRequest(request(changes, { lockPatience: 7 })));
    const [, kind, names = '', lines = '', ...rest] = first?.split(' ') ?? [];
    const plain = (text: string) => Buffer.from(text, 'base64').toString();
    expect([kind, plain(names), plain(lines), ...rest]).toEqual([
      'packages',
      'nftables fail2ban',
      'fail2ban:all 1:2.0~rc1\nnftables:amd64 1.1',
      '9',
      '7',
    ]);
    expect(others).toHaveLength(1);
    const blind = change([{ kind: 'packages', install: ['nftables'], set: [], kibibytes: 0 }]);
    expect(() => renderRequest(request([blind]))).toThrow('apt was not asked');
  });

  it('carries free text as base64 only', () => {
    const text = renderRequest(request([change([reload])]));
    expect(text).not.toContain("o'brien");
    expect(text).toContain(`operator ${Buffer.from("o'brien@desk\n").toString('base64')}`);
  });

  it('tells the host what was decided, unless that is nothing or more than a record should hold', () => {
    const told = (answers: object) =>
      renderRequest(request([change([reload])], { answers }))
        .split('\n')
        .find((line) => line.startsWith('answers '))
        ?.slice('answers '.length);
    const answers = { 'sshd.root-login': 'no', 'sshd.allow-users': ['ana'] };
    expect(JSON.parse(Buffer.from(told(answers) ?? '', 'base64').toString())).toEqual(answers);
    expect(told({})).toBeUndefined();
    expect(told({ 'sshd.banner': 'x'.repeat(20_000) })).toBeUndefined();
  });

  it('drops an address that the host could not understand', () => {
    const client = (address: string) =>
      renderRequest(request([change([reload])], { client: { address, port: 22 } }));
    expect(client('fe80::1%eth0')).toContain('\nclient fe80::1\n');
    expect(client('a proxy')).not.toContain('client');
  });

  it('is our bug without a base or a content', () => {
    expect(() => renderRequest(request([change([put('/etc/a')])]))).toThrow('does not say what was there');
    expect(() =>
      renderRequest(request([change([put('/etc/a')], { kind: 'absent' })], { contents: {} })),
    ).toThrow('no content');
  });

  it('gets a fresh identity each time', () => {
    const one = newTransaction(new Date('2026-11-21T23:15:03Z'));
    expect(one.id).toMatch(/^20261121-231503-[0-9a-f]{8}$/);
    expect(newTransaction().tokenHash).not.toBe(one.tokenHash);
    expect(JSON.stringify(one)).not.toContain(one.token.open().toString());
  });
});

const STATUS =
  'id:tx-1\nstate:APPLIED\nstep=c3NoZA==\nrun:r\noperator=YUBi\nbegun:1\nfence:3\nfinal:no\nlease-left:12\ntotal:2\ndone:2\n';

describe('an answer', () => {
  it('is read into a status, with host text made harmless', () => {
    const log = Buffer.from('bad \u001b]52;c;x\u0007 line').toString('base64');
    const { values } = readAnswer(exited(`${STATUS}log=${log}\nend:0\n`), 'status');
    expect(readStatus(values)).toMatchObject({
      id: 'tx-1',
      step: 'sshd',
      operator: 'a@b',
      fence: 3,
      leaseLeft: 12,
    });
    expect(readStatus(values).log).toEqual(['bad \\x1b]52;c;x\\x07 line']);
  });

  it.each([
    ['no end', STATUS],
    ['an end that is not the exit code', `${STATUS}end:4\n`],
    ['a foreign line', `motd says hi\n${STATUS}end:0\n`],
    ['a cut last line', `${STATUS}end:0`],
  ])('with %s is no answer', (_, stdout) => {
    expect(() => readAnswer(exited(stdout), 'status')).toThrow('unexpected answer to status');
  });

  it('that was cut by the output limit is no answer', () => {
    const outcome = { ...exited(`${STATUS}end:0\n`), truncated: true } as Outcome;
    expect(() => readAnswer(outcome, 'status')).toThrow('unexpected answer');
  });

  it.each<Outcome>([
    { kind: 'lost', reason: 'cable' },
    { kind: 'timedOut', deadline: 1000, stdout: '', stderr: '' },
    { kind: 'signalled', signal: 'SIGKILL', stdout: '', stderr: '' },
  ])('that did not come ($kind) is lost, not failed', (outcome) => {
    expect(() => readAnswer(outcome, 'commit')).toThrow(EngineLost);
  });

  it('in an unknown state is refused', () => {
    const { values } = readAnswer(exited(`${STATUS.replace('APPLIED', 'DREAMING')}end:0\n`), 'status');
    expect(() => readStatus(values)).toThrow('unknown state "DREAMING"');
  });

  it('that refuses becomes an error with the product’s exit code and who holds the host', () => {
    const answer = readAnswer(exited(`${STATUS}error:locked\nmessage=eA==\nend:8\n`, 8), 'start');
    expect(refusal(answer, 'start')).toMatchObject({
      exitCode: EXIT.locked,
      evidence: ['tx-1 of a@b, since 1970-01-01T00:00:01.000Z, APPLIED, lease 12 s'],
    });
  });

  it('of history is a list by fencing number', () => {
    const other = STATUS.replace('tx-1', 'tx-0').replace('fence:3', 'fence:2');
    const all = readHistory(exited(`${STATUS}next:yes\n${other}next:yes\nend:0\n`));
    expect(all.map(({ id }) => id)).toEqual(['tx-0', 'tx-1']);
  });
});

describe('the recovery card', () => {
  it('says what happens by itself first, then the exact commands', () => {
    const lines = recoveryCard({
      ...{ host: 'shop.example.com', id: 'tx-1', step: 'sshd', lease: 90 },
      changes: [change([], undefined, 'only keys\u001b[2J'), { ...change([]), action: 'none' }],
    });
    expect(lines.filter((line) => line.includes('file:/etc/x'))).toEqual([
      '  create file:/etc/x: only keys\\x1b[2J',
    ]);
    const text = lines.join('\n');
    expect(text.indexOf('within 105 seconds')).toBeLessThan(text.indexOf('engine rollback tx-1'));
    expect(text).toContain('sh /var/lib/portcullis/engine undo tx-1');
  });

  it('has no empty list of changes when it takes something back', () => {
    const text = recoveryCard({ host: 'shop', id: 'tx-2', step: 'sshd', changes: [], lease: 90 }).join('\n');
    expect(text).not.toContain('What is being changed');
    expect(text).toContain('Transaction tx-2\n\nIf you lose the connection');
  });
});
