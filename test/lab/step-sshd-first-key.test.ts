// The operator comes with a password and no key on the host: the key is added and proved in one transaction, passwords and
// root go in the next. And what would lock him out is refused before anything happens.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { AnswerValue } from '../../src/model/control.ts';
import type { Session } from '../../src/model/session.ts';
import { describeLab, useHost } from './harness.ts';
import { sessionOfAna } from './session-of-ana.ts';

await describeLab('an operator without a key on the host', () => {
  const host = useHost({ image: 'trixie' });
  let stateDir = '';
  const open: Session[] = [];
  beforeAll(async () => {
    stateDir = await mkdtemp(join(tmpdir(), 'step-sshd-key-'));
    const removed = await host().console('rm -r /home/ana/.ssh && ! test -e /home/ana/.ssh');
    expect(removed.code, removed.stderr).toBe(0);
  });
  afterEach(async () => {
    for (const session of open.splice(0)) await session.close();
  });
  afterAll(() => rm(stateDir, { recursive: true, force: true }));

  async function enter(identity?: null) {
    const made = await sessionOfAna(host(), { stateDir, ...(identity === null ? { identity } : {}) });
    open.push(made.session);
    await made.session.connect();
    return { ...made, survey: await made.session.discover() };
  }

  const BASE: readonly (readonly [string, AnswerValue])[] = [
    ['sshd.allow-users', ['ana']],
    ['sshd.root-login', 'prohibit-password'],
    ['sshd.password-login', false],
  ];

  it('is refused when passwords shall go and no key is given', async () => {
    const { session, survey } = await enter(null);
    expect(survey.context.connection.method).toBe('password');
    const plan = await session.plan({ answers: new Map(BASE), headless: true });
    expect(plan.applyable).toBe(false);
    expect(plan.refusals.map((refusal) => refusal.message).join('\n')).toMatch(/key/);
    const done = await session.apply(plan, { confirm: 'auto', lease: 15 });
    expect(done).toMatchObject({ outcome: 'refused', exitCode: 5 });
    expect((await host().console('test -e /var/lib/portcullis')).code).toBe(1);
  });

  it('gets the key first, then passwords and root login go', async () => {
    const { session, events } = await enter();
    const answers = new Map<string, AnswerValue>([
      ...BASE,
      ['sshd.root-login', 'no'],
      ['sshd.operator-key', host().publicKey.trim()],
    ]);
    const plan = await session.plan({ answers, headless: true });
    expect(plan.refusals).toEqual([]);
    const contract = plan.changes.filter((change) => change.phase === 'contract' && change.action !== 'none');
    expect(contract.flatMap((change) => change.controls)).toEqual(
      expect.arrayContaining(['sshd.password-login', 'sshd.root-login']),
    );
    const done = await session.apply(plan, { confirm: 'auto', lease: 15 });
    const proofs = events.flatMap((event) => (event.type === 'proved' ? [event.result] : []));
    expect(done, proofs.map((it) => `${it.outcome} ${it.proof.title}: ${it.seen}`).join('\n')).toMatchObject({
      outcome: 'committed',
    });
    expect(done.transactions).toHaveLength(2);
    expect(proofs.filter((it) => it.proof.id === 'sshd.method.password').at(-1)?.outcome).toBe('proved');
    await session.close();
    open.splice(0);

    const later = await enter();
    expect(later.survey.context.connection.method).toBe('publickey');
    const failing = later.survey.findings.filter((finding) => finding.result === 'fail');
    expect(failing.map((finding) => finding.control)).toEqual([]);
  });
});
