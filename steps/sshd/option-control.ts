// Rules: a control over sshd options is judged on what `sshd -T` says, in general and for every login that was asked about,
// never on file text. "Could not tell" is unknown. A stricter value passes and is kept; one beyond its safe floor fails.
// Every control that changes sshd brings the proof that the operator's own way in still works.
import type { Context } from '../../src/model/context.ts';
import type { Control, Proof, Verdict } from '../../src/model/control.ts';
import type { Resource, SshdOptionResource } from '../../src/model/resource.ts';
import {
  type Comparison,
  canonicalKeyword,
  compareOption,
  type EffectiveView,
  effectiveEverywhere,
  isAlgorithmList,
  listOf,
  sshdOf,
} from '../../src/resources/sshd.ts';
import { keyLogin } from './operator.ts';

/** Keywords that a Match block may set for some logins only (lower case): what we set must hold there too. */
const MATCHABLE: ReadonlySet<string> = new Set(
  `acceptenv allowagentforwarding allowgroups allowstreamlocalforwarding allowtcpforwarding allowusers
  authenticationmethods banner casignaturealgorithms clientalivecountmax clientaliveinterval disableforwarding
  gatewayports gssapiauthentication hostbasedauthentication ignorerhosts kbdinteractiveauthentication
  kerberosauthentication loglevel maxauthtries maxsessions passwordauthentication permitemptypasswords permitrootlogin
  permittunnel pubkeyacceptedalgorithms pubkeyauthentication requiredrsasize x11forwarding`.split(/\s+/),
);

/** Items of the two CIS benchmarks: Debian 12 v1.1.0 and Debian 13 v1.0.0. */
export function cis(debian12: string, debian13: string): readonly string[] {
  const items = [
    debian12 && `CIS Debian 12 v1.1.0 ${debian12}`,
    debian13 && `CIS Debian 13 v1.0.0 ${debian13}`,
  ];
  return items.filter((item) => item !== '');
}

export type WantedOption = {
  /** In its documented spelling. */
  readonly keyword: string;
  readonly values: readonly string[];
  readonly phase?: 'expand' | 'contract';
};

export type OptionSpec = Pick<
  Control,
  'id' | 'title' | 'severity' | 'why' | 'references' | 'mayBreak' | 'applies'
> & {
  /** Documented spellings; all of them are read. */
  readonly keywords: readonly string[];
  /** What each keyword should be; a keyword left out has no safe value here, and `refusal` says why. */
  readonly want: (context: Context) => readonly WantedOption[];
  /** Why nothing can be set although it fails, e.g. "no key of yours works here yet". */
  readonly refusal?: (context: Context) => string | undefined;
  /** What must be there before the options are set. */
  readonly first?: (context: Context) => readonly Resource[];
  /** A comparison of one view that the keyword's order alone cannot tell. Undefined: compare as usual. */
  readonly compare?: (view: EffectiveView, wanted: WantedOption, context: Context) => Comparison | undefined;
  readonly proofs?: (context: Context) => readonly Proof[];
  /** sshd prints other words than the value that is set, so only `proofs` say what is proved. */
  readonly printedOtherwise?: true;
};

/** sshd is not surely absent: where it could not be read, a control is unknown, not "not applicable". */
export function sshdMayBeThere(context: Context): boolean {
  return context.readings.sshd.kind !== 'absent';
}

/** Why nothing can be said about sshd; undefined when its effective configuration was read. */
export function unreadable(context: Context): Verdict | undefined {
  const { sshd } = context.readings;
  if (sshd.kind === 'unknown') return { result: 'unknown', evidence: [sshd.reason] };
  if (sshd.kind === 'absent') return { result: 'unknown', evidence: ['no OpenSSH server was found'] };
  if (sshd.value.test.code === 0 && Object.keys(sshd.value.effective).length > 0) return undefined;
  const message = sshd.value.test.message || `exit code ${sshd.value.test.code}`;
  return { result: 'unknown', evidence: [`sshd does not accept its own configuration: ${message}`] };
}

/** This version of sshd has the keyword, or nothing is known about this sshd. */
function hasKeyword(context: Context, keyword: string): boolean {
  const effective = sshdOf(context)?.effective ?? {};
  return Object.keys(effective).length === 0 || effective[canonicalKeyword(keyword)] !== undefined;
}

export function shown(values: readonly string[]): string {
  return values.length === 0 ? '(nothing)' : values.join(' ');
}

type Judged = {
  readonly view: EffectiveView;
  readonly wanted: WantedOption;
  readonly comparison: Comparison;
};

/** Every place where a keyword was read, compared with what is wanted. */
function compareEverywhere(spec: OptionSpec, context: Context): readonly Judged[] {
  return spec.want(context).flatMap((wanted) =>
    effectiveEverywhere(context, wanted.keyword).map((view) => ({
      view,
      wanted,
      comparison:
        spec.compare?.(view, wanted, context) ?? compareOption(wanted.keyword, view.values, wanted.values),
    })),
  );
}

function bad({ comparison }: Judged): boolean {
  return comparison === 'weaker' || comparison === 'different' || comparison === 'beyond-floor';
}

/** What is wrong, each once: a login that is treated as everybody says nothing new. */
function faults(judged: readonly Judged[]): readonly Judged[] {
  return judged.filter((one) => {
    const general = judged.find(
      ({ view, wanted }) => view.user === undefined && wanted.keyword === one.wanted.keyword,
    );
    const asEverybody = one !== general && one.view.values.join('\n') === general?.view.values.join('\n');
    return bad(one) && !asEverybody;
  });
}

/** Of a long list only what should not be in it. */
function faultInWords({ view, wanted, comparison }: Judged): string {
  const strange = listOf(view.values).filter((name) => !listOf(wanted.values).includes(name));
  if (isAlgorithmList(wanted.keyword) && strange.length > 0) {
    return `${wanted.keyword} still has ${strange.join(', ')} ${view.where}`;
  }
  const floor = comparison === 'beyond-floor' ? ', stricter than is safe' : '';
  return `${wanted.keyword} is ${shown(view.values)} ${view.where}${floor}; wanted ${shown(wanted.values)}`;
}

function judgeOption(spec: OptionSpec, context: Context): Verdict {
  const cannot = unreadable(context);
  if (cannot !== undefined) return cannot;
  const judged = compareEverywhere(spec, context);
  const silent = spec
    .want(context)
    .find((wanted) => !judged.some((one) => one.wanted.keyword === wanted.keyword));
  const refusal = spec.refusal?.(context);
  if (silent !== undefined || (judged.length === 0 && refusal === undefined)) {
    return {
      result: 'unknown',
      evidence: [`sshd -T does not say ${silent?.keyword ?? spec.keywords.join(', ')}`],
    };
  }
  const failing = faults(judged);
  if (failing.length > 0 || judged.length === 0) {
    const evidence = failing.map(faultInWords);
    return { result: 'fail', evidence: refusal === undefined ? evidence : [...evidence, refusal] };
  }
  const general = judged.filter(({ view }) => view.user === undefined);
  const stricter = general.some(({ comparison }) => comparison === 'stricter');
  return {
    result: 'pass',
    evidence: general.map(
      ({ view, wanted, comparison }) =>
        `${wanted.keyword} is ${shown(view.values)}${comparison === 'stricter' ? ', stricter than we would set; kept' : ''}`,
    ),
    ...(stricter ? { stricter } : {}),
  };
}

export function optionResource(wanted: WantedOption): SshdOptionResource {
  return {
    kind: 'sshd-option',
    keyword: wanted.keyword,
    values: wanted.values,
    ...(MATCHABLE.has(canonicalKeyword(wanted.keyword)) ? { everywhere: true } : {}),
    ...(wanted.phase === undefined ? {} : { phase: wanted.phase }),
  };
}

/** One inside proof per place that is wrong now. */
function effectiveProofs(spec: OptionSpec, context: Context): readonly Proof[] {
  if (spec.printedOtherwise) return [];
  return faults(compareEverywhere(spec, context)).map(({ view, wanted }) => {
    const { user, address } = view;
    const login = user === undefined || address === undefined ? {} : { user, address };
    const whom = user === undefined ? '' : ` for ${user} from ${address}`;
    return {
      id: `sshd.effective.${canonicalKeyword(wanted.keyword)}${user === undefined ? '' : `.${user}.${address}`}`,
      title: `${wanted.keyword} is ${shown(wanted.values)}${whom}`,
      viewpoint: 'inside',
      expect: 'works',
      ...(wanted.phase === 'contract' ? { phase: 'contract' as const } : {}),
      check: { kind: 'sshd-effective', keyword: wanted.keyword, value: wanted.values.join(' '), ...login },
    } satisfies Proof;
  });
}

export function optionControl(spec: OptionSpec): Control {
  const names = spec.keywords.join(', ');
  return {
    id: spec.id,
    title: spec.title,
    severity: spec.severity,
    why: spec.why,
    references: spec.references,
    reads: `sshd -T: ${names}, in general and for every login`,
    mayBreak: spec.mayBreak,
    applies: (context) =>
      sshdMayBeThere(context) &&
      spec.keywords.some((keyword) => hasKeyword(context, keyword)) &&
      (spec.applies?.(context) ?? true),
    judge: (context) => judgeOption(spec, context),
    remedy: (context) => {
      if (spec.refusal?.(context) !== undefined) return [];
      return [...(spec.first?.(context) ?? []), ...spec.want(context).map(optionResource)];
    },
    proofs: (context) => [
      ...keyLogin(context),
      ...effectiveProofs(spec, context),
      ...(spec.proofs?.(context) ?? []),
    ],
  };
}

/** Options with one right value, whoever asks. */
export function fixed(
  spec: Omit<OptionSpec, 'keywords' | 'want'>,
  options: Readonly<Record<string, string>>,
): OptionSpec {
  const wanted = Object.entries(options).map(([keyword, value]) => ({ keyword, values: [value] }));
  return { ...spec, keywords: Object.keys(options), want: () => wanted };
}
