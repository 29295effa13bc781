// A step whose controls look at sshd as a real one does, a stand-in for what the host would answer, and plans from both.
import type { Context } from '../../src/model/context.ts';
import type { Control, Step } from '../../src/model/control.ts';
import type { Plan } from '../../src/model/plan.ts';
import type { SshdOptionResource } from '../../src/model/resource.ts';
import type { Candidate } from '../../src/plan/candidate.ts';
import { draftPlan, finishPlan } from '../../src/plan/plan.ts';
import { probesFor } from '../../src/plan/probes.ts';
import { stageFiles } from '../../src/plan/stage-files.ts';
import { compareOption, effectiveOf } from '../../src/resources/sshd.ts';
import { DEFAULTS } from '../resources/contexts.ts';

export function option(
  keyword: string,
  values: string | readonly string[],
  more: Partial<SshdOptionResource> = {},
) {
  return { kind: 'sshd-option', keyword, values: [values].flat(), ...more } as SshdOptionResource;
}

export function controlFor(resource: SshdOptionResource, more: Partial<Control> = {}): Control {
  return {
    id: `sshd.${resource.keyword.toLowerCase()}`,
    title: `${resource.keyword} is ${resource.values.join(' ')}`,
    severity: 'medium',
    why: `${resource.keyword} matters.`,
    references: [],
    reads: 'sshd -T',
    mayBreak: 'nothing',
    judge: (context) => {
      const now = effectiveOf(context, resource.keyword);
      if (now === undefined) return { result: 'unknown', evidence: ['sshd -T does not say'] };
      const comparison = compareOption(resource.keyword, now, resource.values);
      const evidence = [`${resource.keyword} is ${now.join(' ')}`];
      return comparison === 'same' || comparison === 'stricter'
        ? { result: 'pass', evidence, stricter: comparison === 'stricter' }
        : { result: 'fail', evidence };
    },
    remedy: () => [resource],
    ...more,
  };
}

export function stepOf(controls: readonly Control[], more: Partial<Step> = {}): Step {
  return { id: 'sshd', title: 'sshd', what: 'What.', why: 'Why.', questions: [], controls, ...more };
}

/** What a host would answer when every option it is given is in force. */
export function willingHost(context: Context, steps: readonly Step[], effective = DEFAULTS): Candidate {
  const draft = draftPlan({ context, steps });
  return {
    kind: 'seen',
    method: 'rehearsed',
    reason: '',
    carried: stageFiles(draft.changes, draft.context).map(({ step, phase, changes }) => ({
      step,
      phase,
      done: changes.flatMap((change) => change.primitives),
      stopped: undefined,
      checkers: [],
      packets: [],
      noPackets: '',
    })),
    addresses: null,
    sudoers: 0,
    stages: stageFiles(draft.changes, draft.context)
      .filter((stage) => stage.asksSshd)
      .map(({ step, phase }) => ({
        step,
        phase,
        test: { code: 0, message: '' },
        general: effective,
        logins: probesFor(context).map((probe) => ({ probe, effective })),
        named: [],
        includes: [],
        revoked: [],
      })),
  };
}

export function planOf(context: Context, steps: readonly Step[], effective = DEFAULTS): Plan {
  return finishPlan(draftPlan({ context, steps }), willingHost(context, steps, effective), {
    tool: '0.1.0',
    created: '2026-01-01T00:00:00Z',
  });
}
