// Rules: sources that fail too often are slowed down by sshd itself (9.8 and later); the operator's addresses are not.
import { answerOf, type Context } from '../../src/model/context.ts';
import { effectiveOf, listOf } from '../../src/resources/sshd.ts';
import type { OptionSpec } from './option-control.ts';
import { exempt } from './questions.ts';
import { namesOf } from './who.ts';

export const penalties: OptionSpec = {
  id: 'sshd.source-penalties',
  title: 'Sources that keep failing are shut out for a while',
  severity: 'medium',
  why: 'sshd itself can slow down guessing, before any other tool sees it.',
  references: ['OpenSSH 9.8 release notes', 'OpenSSH sshd_config(5) PerSourcePenalties'],
  mayBreak: 'Many people behind one address share its penalties; exempt that address.',
  keywords: ['PerSourcePenalties'],
  want: () => [{ keyword: 'PerSourcePenalties', values: ['yes'] }],
  // Switched on, sshd says its times and limits instead of "yes".
  printedOtherwise: true,
  compare: ({ values }) => (values[0] === 'no' ? 'weaker' : 'same'),
  proofs: () => [
    {
      id: 'sshd.effective.persourcepenalties.off',
      title: 'PerSourcePenalties are not off',
      viewpoint: 'inside',
      expect: 'fails',
      check: { kind: 'sshd-effective', keyword: 'PerSourcePenalties', value: 'no' },
    },
  ],
};

/** Addresses that are exempt now, and those the operator named. */
function exemptions(context: Context): {
  readonly now: readonly string[];
  readonly missing: readonly string[];
} {
  const now = listOf(effectiveOf(context, 'PerSourcePenaltyExemptList')).filter((name) => name !== 'none');
  return { now, missing: namesOf(answerOf(exempt, context)).filter((name) => !now.includes(name)) };
}

export const exemptList: OptionSpec = {
  id: 'sshd.penalty-exemptions',
  title: 'Operators are not shut out by typing errors',
  severity: 'low',
  why: 'Four wrong keys from your address close the door for you as well.',
  references: ['OpenSSH sshd_config(5) PerSourcePenaltyExemptList'],
  mayBreak: 'From the named addresses, failed logins are not slowed down.',
  keywords: ['PerSourcePenaltyExemptList'],
  want: (context) => {
    const { now, missing } = exemptions(context);
    const all = [...now, ...missing];
    return [{ keyword: 'PerSourcePenaltyExemptList', values: [all.length === 0 ? 'none' : all.join(',')] }];
  },
  compare: (_view, _wanted, context) => (exemptions(context).missing.length === 0 ? 'same' : 'weaker'),
};
