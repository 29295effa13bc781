// Rules: what is closed in general stays closed for every login. A Match block, or a file read earlier, that gives a closed way
// in back to somebody is a finding of its own, because the general value looks fine.
import type { Context } from '../../src/model/context.ts';
import type { Control } from '../../src/model/control.ts';
import { compareOption, type EffectiveView, effectiveEverywhere, sshdOf } from '../../src/resources/sshd.ts';
import { keyLogin } from './operator.ts';
import { type OptionSpec, optionResource, shown, sshdMayBeThere, unreadable } from './option-control.ts';

type Reopened = {
  readonly spec: OptionSpec;
  readonly keyword: string;
  readonly general: EffectiveView;
  readonly view: EffectiveView;
};

function reopenedIn(specs: readonly OptionSpec[], context: Context): readonly Reopened[] {
  return specs.flatMap((spec) =>
    spec.keywords.flatMap((keyword) => {
      const [general, ...logins] = effectiveEverywhere(context, keyword);
      if (general === undefined) return [];
      return logins
        .filter((view) => compareOption(keyword, view.values, general.values) === 'weaker')
        .map((view) => ({ spec, keyword, general, view }));
    }),
  );
}

export function matchControl(specs: readonly OptionSpec[]): Control {
  const keywords = specs.flatMap((spec) => spec.keywords);
  return {
    id: 'sshd.match-blocks',
    title: 'No Match block gives a closed way in back',
    severity: 'high',
    why: 'A Match block for a user, group or address overrides what is set in general, and is easily forgotten.',
    references: ['OpenSSH sshd_config(5) Match'],
    reads: `sshd -T -C for every login user and address: ${keywords.join(', ')}`,
    mayBreak: 'Logins that the block was made for.',
    applies: sshdMayBeThere,
    judge: (context) => {
      const cannot = unreadable(context);
      if (cannot !== undefined) return cannot;
      const reopened = reopenedIn(specs, context);
      const asked = effectiveEverywhere(context, keywords[0] ?? '').length - 1;
      const blocks = (sshdOf(context)?.files ?? []).some(({ text }) => /^[ \t]*"?match\b/im.test(text));
      if (asked < 1) {
        return blocks
          ? {
              result: 'unknown',
              evidence: ['there are Match blocks, and sshd was not asked for any single login'],
            }
          : { result: 'pass', evidence: ['there is no Match block'] };
      }
      return reopened.length === 0
        ? { result: 'pass', evidence: [`${asked} logins asked about, none is treated more loosely`] }
        : {
            result: 'fail',
            evidence: reopened.map(
              ({ keyword, general, view }) =>
                `${keyword} is ${shown(view.values)} ${view.where}, but ${shown(general.values)} in general`,
            ),
          };
    },
    remedy: (context) => {
      const wanted = new Set(reopenedIn(specs, context).map(({ spec }) => spec));
      return [...wanted]
        .filter((spec) => spec.refusal?.(context) === undefined)
        .flatMap((spec) => [...(spec.first?.(context) ?? []), ...spec.want(context).map(optionResource)]);
    },
    proofs: keyLogin,
  };
}
