// Rules: a port moves in three acts: the new one is opened beside the old, a login on it is proved, then the old one closes.
// Left unanswered, the ports stay as they are, also when there are several; an answer means that one and no other.
import { answerOf, type Context } from '../../src/model/context.ts';
import type { Control, Proof } from '../../src/model/control.ts';
import { keyLogin, movedPort } from './operator.ts';
import { shown, sshdMayBeThere, unreadable } from './option-control.ts';
import { portAnswered, portsNow, port as question } from './questions.ts';

function wantedPorts(context: Context): readonly number[] {
  const now = portsNow(context);
  // What is only proposed takes nothing away.
  return now.length > 0 && !portAnswered(context) ? now : [Number(answerOf(question, context))];
}

export const port: Control = {
  id: 'sshd.port',
  title: 'sshd listens where you decided',
  severity: 'low',
  why: 'Fewer knocks make a log that can be read; it does not keep anybody out.',
  references: ['OpenSSH sshd_config(5) Port'],
  reads: 'sshd -T: Port; the ports of ssh.socket where systemd listens; listening sockets',
  mayBreak:
    'Everything that knows the old port: clients, monitoring, firewalls and security groups in front of the host.',
  applies: sshdMayBeThere,
  judge: (context) => {
    const cannot = unreadable(context);
    if (cannot !== undefined) return cannot;
    const [now, wanted] = [portsNow(context), wantedPorts(context)];
    const same = now.length === wanted.length && now.every((one) => wanted.includes(one));
    const evidence = [`sshd listens on ${shown(now.map(String))}`];
    const kept =
      now.length > 1 ? ['nobody named one of them, so all stay: --set sshd.port closes the others'] : [];
    return same
      ? { result: 'pass', evidence: [...evidence, ...kept] }
      : { result: 'fail', evidence: [...evidence, `you decided ${shown(wanted.map(String))}`] };
  },
  remedy: (context) => {
    const [now, wanted] = [portsNow(context).map(String), wantedPorts(context).map(String)];
    const both = [...new Set([...now, ...wanted])];
    return [
      ...(both.length > now.length
        ? [{ kind: 'sshd-option' as const, keyword: 'Port', values: both, phase: 'expand' as const }]
        : []),
      { kind: 'sshd-option', keyword: 'Port', values: wanted, phase: 'contract' },
    ];
  },
  proofs: (context) => portProofs(context),
};

function portProofs(context: Context): readonly Proof[] {
  const { connection } = context;
  const [now, wanted] = [portsNow(context), wantedPorts(context)];
  const closing = now.filter((one) => !wanted.includes(one));
  if (movedPort(context) === undefined && closing.length === 0) return keyLogin(context);
  const outside = connection.transport !== 'local';
  const opened = wanted.flatMap((one): readonly Proof[] => [
    {
      id: `sshd.port.${one}.listener`,
      title: `sshd listens on ${one}`,
      viewpoint: 'inside',
      expect: 'works',
      check: { kind: 'listener', port: one },
    },
    ...(outside
      ? [
          {
            id: `sshd.port.${one}.login`,
            title: `${connection.user} logs in on port ${one}`,
            viewpoint: 'fresh-login',
            expect: 'works',
            check: { kind: 'login', user: connection.user, port: one, root: connection.root !== 'none' },
          } satisfies Proof,
        ]
      : []),
  ]);
  const closed = closing.flatMap((one): readonly Proof[] => [
    {
      id: `sshd.port.${one}.no-listener`,
      title: `sshd no longer listens on ${one}`,
      viewpoint: 'inside',
      expect: 'fails',
      phase: 'contract',
      check: { kind: 'listener', port: one },
    },
    ...(outside
      ? [
          {
            id: `sshd.port.${one}.closed`,
            title: `Port ${one} is closed`,
            viewpoint: 'outside',
            expect: 'fails',
            phase: 'contract',
            check: { kind: 'port', port: one },
          } satisfies Proof,
        ]
      : []),
  ]);
  return [...opened, ...closed];
}
