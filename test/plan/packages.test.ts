import { describe, expect, it } from 'vitest';
import type { PackagesFact } from '../../src/facts/values.ts';
import type { Context } from '../../src/model/context.ts';
import type { Step } from '../../src/model/control.ts';
import { known, type Outcome, unknown } from '../../src/model/outcome.ts';
import type { Resource } from '../../src/model/resource.ts';
import { packagesCommand, parsePackages } from '../../src/plan/package-set.ts';
import { draftPlan, finishPlan } from '../../src/plan/plan.ts';
import { parsePlan, serialisePlan } from '../../src/plan/plan-file.ts';
import { diffResources } from '../../src/resources/index.ts';
import { renderForShell } from '../../src/text/command.ts';
import { contextOf } from '../resources/contexts.ts';
import { willingHost } from './kit.ts';

const APT: PackagesFact = {
  manager: 'apt',
  healthy: true,
  complaint: '',
  lockHolder: '',
  installed: ['sudo'],
};
const withFact = (more: Partial<PackagesFact>): Context =>
  contextOf({ readings: { packages: known({ ...APT, ...more }) } });
const wish = (name: string, step = 'lab', purpose = 'a test') => ({
  resource: { kind: 'package', name, purpose } as Resource,
  step,
  control: `${step}.${name}`,
  why: 'Why.',
});

const SIMULATED = `SIMULATED 0
| The following NEW packages will be installed:
|   libnftables1 nftables
| Inst libnftables1 (1.1.3-1 Debian:13.1/stable, Debian-Security:13/stable-security [amd64])
| Inst nftables (1.1.3-1 Debian:13.1/stable [amd64])
| Conf libnftables1 (1.1.3-1 Debian:13.1/stable [amd64])
`;
const FILES = `FILES 0
| After this operation, 1,234 kB of additional disk space will be used.
| 'http://deb.example/n/nftables_1.1.3-1_amd64.deb' nftables_1.1.3-1_amd64.deb 75864 SHA256:aa
| 'http://deb.example/l/libnftables1_1.1.3-1_amd64.deb' libnftables1_1.1.3-1_amd64.deb 332448 SHA256:bb
`;
const said = (stdout: string): Outcome => ({ kind: 'exited', code: 0, stdout, stderr: '', truncated: false });
const whole = (simulated = SIMULATED) => parsePackages(said(`${simulated}${FILES}END 0\n`));

describe('a package', () => {
  it('that is installed is left alone, one that is missing is one change of the phase "packages" for all who want it', () => {
    const wanted = [wish('sudo'), wish('nftables'), wish('nftables', 'other', 'filtering')];
    const { changes } = diffResources(wanted, withFact({}));
    expect(changes.map(({ address, action, phase }) => `${phase} ${action} ${address}`)).toEqual([
      'packages none package:sudo',
      'packages install package:nftables',
    ]);
    expect(changes[1]).toMatchObject({
      title: 'by the host’s apt: a test; filtering',
      step: 'lab',
      controls: ['lab.nftables', 'other.nftables'],
    });
  });

  it('that nobody looked for, or that no apt can bring, makes a plan incomplete', () => {
    const blind = contextOf({ readings: { packages: unknown('cut') } });
    expect(diffResources([wish('nftables')], blind).unknown).toEqual(['whether nftables is installed']);
    expect(diffResources([wish('nftables')], withFact({ manager: 'other' })).unknown[0]).toContain('no apt');
  });

  it('is told when somebody else works with packages now', () => {
    const { notes } = diffResources([wish('nftables')], withFact({ lockHolder: 'unattended-upgr (pid 7)' }));
    expect(notes).toEqual(['unattended-upgr (pid 7) holds the package manager now: applying waits for it']);
  });

  it('must have the name of one', () => {
    expect(() => diffResources([wish('-o=evil')], withFact({}))).toThrow('not the name of a package');
  });
});

describe('what apt says', () => {
  it('is asked with names as arguments, and not asked when nothing is missing', () => {
    const { changes } = diffResources([wish('nftables')], withFact({}));
    const command = packagesCommand(changes);
    if (command === undefined) throw new Error('apt has to be asked');
    expect(renderForShell(command)).toMatch(/portcullis-packages '?nftables'?/);
    expect(packagesCommand(diffResources([wish('sudo')], withFact({})).changes)).toBeUndefined();
  });

  it('is the exact set with versions and sizes', () => {
    expect(whole()).toEqual({
      kind: 'seen',
      set: [
        { name: 'libnftables1', version: '1.1.3-1', architecture: 'amd64', bytes: 332_448 },
        { name: 'nftables', version: '1.1.3-1', architecture: 'amd64', bytes: 75_864 },
      ],
      kibibytes: 1206,
    });
  });

  it.each([
    ['removes something', '| Remv mawk [1.3.4]\n', 'apt would remove mawk'],
    [
      'upgrades something',
      '| Inst libc6 [2.40] (2.41 Debian:13.1/stable [amd64])\n',
      'apt would upgrade libc6',
    ],
  ])('is refused when it %s', (_, line, message) => {
    expect(whole(`${SIMULATED}${line}`)).toMatchObject({
      kind: 'refused',
      message: expect.stringContaining(message),
    });
  });

  it('that it does not know a package is refused with what to do', () => {
    const answer = whole(
      'SIMULATED 100\n| Reading package lists...\n| E: Unable to locate package nftables\n',
    );
    expect(answer).toMatchObject({
      message: 'apt on the host cannot install what is needed: Unable to locate package nftables',
      remedy: expect.stringContaining('apt-get update'),
    });
  });

  it.each([
    ['is cut', `${SIMULATED}${FILES}`],
    ['is not understood', `${SIMULATED}| Inst strange\n${FILES}END 0\n`],
    ['is empty', ''],
    ['comes from a host without apt', 'NONE 0\n'],
  ])('that %s is "could not tell"', (_, stdout) => {
    expect(parsePackages(said(stdout)).kind).toBe('unknown');
  });
});

describe('a plan with packages', () => {
  const step: Step = {
    ...{ id: 'lab', title: 'Lab', what: '', why: '', questions: [] },
    controls: [
      {
        ...{
          id: 'lab.one',
          title: 'one',
          severity: 'low',
          why: 'Why.',
          references: [],
          reads: '',
          mayBreak: '',
        },
        judge: () => ({ result: 'fail', evidence: [] }),
        remedy: () => [wish('nftables').resource],
      },
    ],
  };
  const planOf = (context: Context, packages?: ReturnType<typeof parsePackages>) =>
    finishPlan(draftPlan({ context, steps: [step] }), undefined, {
      tool: 'test',
      created: '2026-01-01T00:00:00Z',
      packages,
    });

  it('shows the whole set, says that the rest comes after, and survives a plan file', () => {
    const plan = planOf(withFact({}), whole());
    expect(plan.applyable).toBe(true);
    expect(plan.changes[0]).toMatchObject({
      title: '1.1.3-1 by the host’s apt: a test; with 1 package it needs',
      confidence: 'validated',
      after: 'nftables 1.1.3-1 amd64 76 kB\nlibnftables1 1.1.3-1 amd64 333 kB\n',
    });
    expect(plan.notes.join()).toContain('2 packages (0.4 MB to fetch, 1.2 MB on the disk) come first');
    expect(parsePlan(serialisePlan(plan))).toEqual(JSON.parse(JSON.stringify(plan)));
  });

  it('keeps what apt validated, whatever a rehearsal of the rest says', () => {
    const context = withFact({});
    const seen = willingHost(context, [step]);
    const draft = draftPlan({ context, steps: [step] });
    const made = { tool: 'test', created: '2026-01-01T00:00:00Z', packages: whole() };
    expect(finishPlan(draft, seen, made).changes[0]?.confidence).toBe('validated');
  });

  it('is not complete when apt was not asked or not understood', () => {
    expect(planOf(withFact({})).complete).toBe(false);
    expect(planOf(withFact({}), { kind: 'unknown', reason: 'cut' }).complete).toBe(false);
  });

  it('is refused on a dpkg that is not whole, by the names of what is broken', () => {
    const complaint = 'The following packages are only half configured:\n nginx   small web server\n';
    const { refusals } = planOf(withFact({ healthy: false, complaint }), whole());
    expect(refusals).toMatchObject([
      { guard: 'guard.packages', message: expect.stringContaining('(dpkg --audit: nginx)') },
    ]);
    expect(refusals[0]?.remedy).not.toContain('--steps');
  });

  it('that is refused names the steps that need no package', () => {
    const option = { kind: 'sshd-option', keyword: 'MaxAuthTries', values: ['3'] } as const;
    const other: Step = {
      ...step,
      id: 'door',
      controls: step.controls.map((one) => ({ ...one, id: 'door.tries', remedy: () => [option] })),
    };
    const none = whole('SIMULATED 100\n| E: Unable to locate package nftables\n');
    const draft = draftPlan({ context: withFact({}), steps: [step, other] });
    const made = { tool: 'test', created: '2026-01-01T00:00:00Z', packages: none };
    expect(finishPlan(draft, undefined, made).refusals[0]?.remedy).toMatch(
      /; without it, for now: --steps door /,
    );
  });
});
