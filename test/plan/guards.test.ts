// Cases are data: what the host is, what sshd says of the candidate, and what must be refused. The file name carries the verdict.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Listener } from '../../src/facts/network-values.ts';
import type { AccountFact, EffectiveSshd } from '../../src/facts/values.ts';
import type { Proof } from '../../src/model/control.ts';
import { known } from '../../src/model/outcome.ts';
import type { Connection } from '../../src/model/target.ts';
import type { Candidate, CandidateStage } from '../../src/plan/candidate.ts';
import { parseEffective } from '../../src/plan/candidate.ts';
import { refusalsOf } from '../../src/plan/guards/index.ts';
import { operatorOf } from '../../src/plan/operator.ts';
import { account, contextOf, DEFAULTS, KEY } from '../resources/contexts.ts';

type Stage = {
  readonly phase?: 'expand' | 'contract';
  readonly says?: string;
  readonly test?: { readonly code: number; readonly message: string };
  readonly named?: CandidateStage['named'];
  readonly includes?: CandidateStage['includes'];
  readonly revoked?: CandidateStage['revoked'];
};

type Case = {
  readonly why: string;
  readonly operator?: Partial<Connection>;
  readonly from?: string;
  readonly to?: string;
  readonly account?: Partial<AccountFact>;
  readonly key?: Partial<AccountFact['keys'][number]>;
  readonly nologin?: boolean;
  readonly before?: string;
  readonly listeners?: readonly Listener[];
  readonly addsKey?: boolean;
  readonly proofs?: readonly Proof[];
  readonly addresses?: readonly string[];
  readonly stages: readonly Stage[];
  readonly refuses?: readonly { readonly guard: string; readonly says: string }[];
};

const FOLDER = join(import.meta.dirname, 'guards');
const files = readdirSync(FOLDER).filter((name) => name.endsWith('.yaml'));

function effective(says: string | undefined): EffectiveSshd {
  return { ...DEFAULTS, ...parseEffective((says ?? '').split('\n')) };
}

function refusalsIn(it: Case) {
  const user = it.operator?.user ?? 'ana';
  const base = account(user, it.account);
  const mine =
    it.key === undefined ? base : { ...base, keys: base.keys.map((key) => ({ ...key, ...it.key })) };
  const context = contextOf({
    connection: it.operator ?? {},
    accounts: user === 'root' ? [mine, account('ana')] : [account('root'), mine],
    nologin: it.nologin ?? false,
    ...(it.from === undefined ? {} : { clientAddress: it.from }),
    ...(it.to === undefined ? {} : { serverAddress: it.to }),
    sshd: { effective: effective(it.before) },
    readings: it.listeners === undefined ? {} : { listeners: known(it.listeners) },
  });
  const operator = operatorOf(context);
  const stages = it.stages.map((stage): CandidateStage => {
    const general = effective(stage.says);
    return {
      step: 'sshd',
      phase: stage.phase ?? 'expand',
      test: stage.test ?? { code: 0, message: '' },
      general,
      logins:
        operator === undefined
          ? []
          : [
              {
                probe: { user: operator.user, address: operator.address, role: 'operator' },
                effective: general,
              },
            ],
      named: stage.named ?? [],
      includes: stage.includes ?? [],
      revoked: stage.revoked ?? [],
    };
  });
  const candidate: Extract<Candidate, { kind: 'seen' }> = {
    kind: 'seen',
    method: 'rehearsed',
    reason: '',
    carried: [],
    stages,
    addresses: it.addresses ?? ['127.0.0.1', '::1', '198.51.100.2'],
    sudoers: 0,
  };
  const key = {
    address: `file:/home/${user}/.ssh/authorized_keys`,
    action: 'create',
    title: `key SHA256:x added for ${user}`,
    step: 'sshd',
    controls: [],
    why: '',
    risk: 'lockout',
    phase: 'expand',
    confidence: 'predicted',
    before: null,
    after: `${KEY}\n`,
    effective: [],
    primitives: [],
  } as const;
  return refusalsOf({ context, candidate, changes: it.addsKey ? [key] : [], proofs: it.proofs ?? [] });
}

describe('guards, case by case', () => {
  test('every case says its verdict in its name', () => {
    expect(files.length).toBeGreaterThan(30);
    expect(files.filter((name) => !/\.(refuses|passes)\.yaml$/.test(name))).toEqual([]);
  });

  test.each(files)('%s', (name) => {
    const it = parse(readFileSync(join(FOLDER, name), 'utf8')) as Case;
    const found = refusalsIn(it);
    if (name.endsWith('.passes.yaml')) {
      expect(found, it.why).toEqual([]);
      return;
    }
    expect(it.refuses?.length, 'a refusing case names what is refused').toBeGreaterThan(0);
    for (const wanted of it.refuses ?? []) {
      const match = found.find((one) => one.guard === wanted.guard && one.message.includes(wanted.says));
      expect(match, `${it.why}\nfound: ${JSON.stringify(found, null, 1)}`).toBeDefined();
      expect(match?.remedy).not.toBe('');
    }
    expect(found.map((one) => one.guard).sort()).toEqual(it.refuses?.map((one) => one.guard).sort());
  });
});
