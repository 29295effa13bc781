// What sshd has to know of the people. Rules: lists that the room of sshd keeps are only made longer here; root's own login goes last, in
// a stage of its own, and never while it is the way that the operator came by.
import { answerOf, type Context } from '../../src/model/context.ts';
import type { Control, Proof } from '../../src/model/control.ts';
import type { SshdOptionResource } from '../../src/model/resource.ts';
import { matchesPattern } from '../../src/resources/login-pattern.ts';
import { effectiveOf, listOf } from '../../src/resources/sshd.ts';
import { rootTakesOperatorKey } from '../sshd/operator.ts';
import { sshdMayBeThere, unreadable } from '../sshd/option-control.ts';
import { namesOf, whoMayLogIn, withPeople } from '../sshd/who.ts';
import { GROUP_OF } from './person.ts';
import { keepsSudo } from './proofs.ts';
import { closeRoot, listed, rootIsOpen } from './questions.ts';
import { accountsOf, hasAllSudo, isOpen, shown } from './state.ts';

/** What AllowUsers or AllowGroups would have to be; undefined: everybody listed is let in. */
function longer(context: Context): SshdOptionResource | undefined {
  const people = listed(context);
  const users = listOf(effectiveOf(context, 'AllowUsers'));
  const groups = listOf(effectiveOf(context, 'AllowGroups'));
  const names = people.map(({ name }) => name);
  if (users.length > 0 && withPeople(users, names).length > users.length) {
    // Where the room of sshd is walked too, both write the same list.
    const base = context.profile.steps.includes('sshd') ? namesOf(answerOf(whoMayLogIn, context)) : users;
    return { kind: 'sshd-option', keyword: 'AllowUsers', values: withPeople(base, names) };
  }
  const outside = people.filter(({ name, role }) => {
    const own = accountsOf(context).find((one) => one.name === name)?.groups ?? [];
    return ![...own, GROUP_OF[role]].some((group) =>
      groups.some((pattern) => matchesPattern(group, pattern)),
    );
  });
  const missing = [...new Set(outside.map(({ role }) => GROUP_OF[role]))];
  return groups.length > 0 && missing.length > 0
    ? { kind: 'sshd-option', keyword: 'AllowGroups', values: [...groups, ...missing] }
    : undefined;
}

const letIn: Control = {
  id: 'rbac.let-in',
  title: 'sshd lets everybody in who is listed',
  severity: 'medium',
  why: 'An account and a key are worth nothing where AllowUsers or AllowGroups leave the person out.',
  references: ['OpenSSH sshd_config(5) AllowUsers', 'OpenSSH sshd_config(5) AllowGroups'],
  reads: 'sshd -T: AllowUsers, AllowGroups',
  mayBreak: 'Nothing: names are added to the list that is there. Without a list nothing is written.',
  applies: sshdMayBeThere,
  judge: (context) => {
    const cannot = unreadable(context);
    if (cannot !== undefined) return cannot;
    const wanted = longer(context);
    return wanted === undefined
      ? { result: 'pass', evidence: ['no list of sshd leaves one of them out'] }
      : {
          result: 'fail',
          evidence: [
            `${wanted.keyword} leaves somebody out; it should be ${wanted.values.map(shown).join(' ')}`,
          ],
        };
  },
  remedy: (context) => {
    const wanted = longer(context);
    return wanted === undefined ? [] : [wanted];
  },
  proofs: keepsSudo,
};

const rootLogin: Control = {
  id: 'rbac.root-login',
  title: 'Root does not log in: people do, and become root',
  severity: 'high',
  why: 'A log that says "root" names nobody, and a key of root’s is a key of everybody who ever had it.',
  references: ['CIS Debian 13 5.1.20', 'NIST SP 800-53 AC-6'],
  reads: 'sshd -T: PermitRootLogin; keys of root; who else administers',
  mayBreak: 'Backups and tools that log in as root.',
  // Until somebody is named, how root logs in is the business of the room of sshd alone.
  applies: (context) => sshdMayBeThere(context) && listed(context).length > 0,
  judge: (context) => {
    const cannot = unreadable(context);
    if (cannot !== undefined) return cannot;
    if (!rootIsOpen(context)) return { result: 'pass', evidence: ['PermitRootLogin is no'] };
    const keys = accountsOf(context).find(({ name }) => name === 'root')?.keys.length ?? 0;
    const others = accountsOf(context).filter((one) => one.uid !== 0 && hasAllSudo(one) && isOpen(one));
    const { user } = context.connection;
    return {
      result: 'fail',
      evidence: [
        `root may log in, ${keys === 1 ? 'by 1 key' : `by ${keys} keys`}; ${others.map(({ name }) => shown(name)).join(', ') || 'nobody else'} could become root instead`,
        ...(user === 'root' ? ['you came as root: come as an operator, and this can be closed'] : []),
      ],
    };
  },
  remedy: (context) =>
    context.connection.user !== 'root' && answerOf(closeRoot, context) === true
      ? [
          {
            kind: 'sshd-option',
            keyword: 'PermitRootLogin',
            values: ['no'],
            everywhere: true,
            phase: 'contract',
          },
        ]
      : [],
  proofs: (context): readonly Proof[] => [
    ...keepsSudo(context),
    ...(rootIsOpen(context) && rootTakesOperatorKey(context)
      ? [
          {
            // Where the room of sshd is walked too, it is that room's claim, and its stage's.
            id: `${context.profile.steps.includes('sshd') ? 'sshd' : 'rbac'}.root-login.refused`,
            title: 'sshd refuses root with your key',
            viewpoint: 'fresh-login',
            expect: 'fails',
            phase: 'contract',
            check: { kind: 'login', user: 'root', port: context.connection.port, root: false },
          } satisfies Proof,
        ]
      : []),
  ],
};

export const waysIn: readonly Control[] = [letIn, rootLogin];
