// The operator comes with a password and no key on the host: the key is added and proved in one transaction, passwords and
// root go in the next. And what would lock him out is refused before anything happens.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { AnswerValue } from '../../src/model/control.ts';
import type { SessionEvent } from '../../src/model/event.ts';
import type { Session } from '../../src/model/session.ts';
import { createSession } from '../../src/session/session.ts';
import { Secret } from '../../src/text/secret.ts';
import { steps } from '../../steps/index.ts';
import { describeLab, useHost } from './harness.ts';
import { walkOf } from './walk-of.ts';

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

  async function enter(reach: { identity?: string } = { identity: host().keyFile }) {
    const events: SessionEvent[] = [];
    const password = host().users.find((user) => user.name === 'ana')?.password ?? '';
    const session = createSession({
      target: { name: host().name, kind: 'ssh', host: host().address, user: 'ana' },
      profile: await walkOf('sshd'),
      steps,
      tool: '0.0.0',
      stateDir,
      reach: { sudo: 'auto', ...reach, knownHosts: host().knownHostsFile },
      recheck: [1],
      repeat: () => 'portcullis',
      again: () => 'portcullis',
      ask: async (question) =>
        question.kind === 'sudo-password' || question.kind === 'password'
          ? { kind: 'secret', secret: new Secret(password) }
          : { kind: 'decline' },
      emit: (event) => events.push(event),
    });
    open.push(session);
    await session.connect();
    const survey = await session.discover();
    return { session, events, survey };
  }

  const BASE: readonly (readonly [string, AnswerValue])[] = [
    ['sshd.allow-users', ['ana']],
    ['sshd.root-login', 'prohibit-password'],
    ['sshd.password-login', false],
  ];

  it('is refused when passwords shall go and no key is given', async () => {
    const { session, survey } = await enter({});
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
