// Who must still get in: the person at the other end of this connection, as the host sees him. Absent for a local target.
import type { AccountFact, KeyFact } from '../facts/values.ts';
import type { Context } from '../model/context.ts';
import type { Family } from '../model/target.ts';

export type Operator = {
  readonly user: string;
  /** The address the host sees, which with a jump host is not ours. */
  readonly address: string;
  readonly family: Family;
  readonly serverAddress: string;
  /** The port on which the host's sshd took this connection. */
  readonly serverPort: number;
  /** Undefined when the account is not among the readings (a directory service, a reading that failed). */
  readonly account: AccountFact | undefined;
  /** The key that opened this connection, where it stands on the host. */
  readonly key: KeyFact | undefined;
  readonly byKey: boolean;
  readonly byCertificate: boolean;
};

export function operatorOf(context: Context): Operator | undefined {
  const { connection, readings } = context;
  if (connection.transport === 'local' || readings.who.kind !== 'known') return undefined;
  const who = readings.who.value;
  const account = accountOf(context, connection.user);
  const blob = connection.publicKey?.split(/\s+/).find((word) => word.startsWith('AAAA'));
  const key = account?.keys.find(
    (one) =>
      (connection.keyFingerprint !== undefined && one.fingerprint === connection.keyFingerprint) ||
      one.blob === blob,
  );
  return {
    user: connection.user,
    address: who.clientAddress,
    family: who.clientAddress.includes(':') ? 'ipv6' : 'ipv4',
    serverAddress: who.serverAddress,
    serverPort: who.serverPort,
    account,
    key,
    byKey: connection.method.startsWith('publickey'),
    byCertificate: /-cert-v01@/.test(connection.publicKey ?? '') || /cert/i.test(connection.method),
  };
}

export function accountOf(context: Context, user: string): AccountFact | undefined {
  const { accounts } = context.readings;
  return accounts.kind === 'known' ? accounts.value.accounts.find((one) => one.name === user) : undefined;
}
