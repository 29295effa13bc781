// Rules: a database is offered to whom it is for: the addresses it listens on, the lines of pg_hba.conf and the firewall say the same; what goes over
// a network is encrypted.
import type { HbaRow, PostgresServer } from '../../src/facts/postgresql-values.ts';
import type { Context } from '../../src/model/context.ts';
import type { Control } from '../../src/model/control.ts';
import { isFromEverywhere, networkOf } from '../../src/resources/hba-match.ts';
import { readIntent } from '../firewall/groups.ts';
import { lineControl } from './authentication.ts';
import { farLines, isPlain, settleTls } from './lines.ts';
import { listOf } from './questions.ts';
import { eachServer, isOpenWide, lineWords, shown, there } from './state.ts';

/** What the firewall's answers let in at this port: sources, "everyone", or undefined where nothing was answered. */
function admitted(context: Context, port: number): readonly string[] | 'everyone' | undefined {
  const answer =
    context.answers.get('firewall.open') ??
    context.decided?.get('firewall.open') ??
    context.profile.answers.get('firewall.open');
  if (answer === undefined) return undefined;
  const intents = listOf(answer)
    .map((text) => readIntent(text, context))
    .flatMap((one) => (typeof one === 'string' ? [] : [one]))
    .filter((one) => one.protocol === 'tcp' && one.port <= port && port <= (one.to ?? one.port));
  if (intents.some(({ from }) => from === 'everyone')) return 'everyone';
  return intents.flatMap(({ from }) => (from === 'everyone' ? [] : from));
}

const exposure: Control = {
  id: 'postgresql.exposure',
  title: 'The database listens for those who may come, and for nobody else',
  severity: 'high',
  why: 'A port that everybody reaches is found within hours and tried for ever; whoever has no line has no business at the port either.',
  references: ['PostgreSQL manual, listen_addresses', 'CIS PostgreSQL 17 Benchmark 3.1'],
  reads: 'listen_addresses, the lines of pg_hba.conf for other machines, and the firewall’s answers',
  mayBreak:
    'Nothing: nothing is changed. Other addresses need a restart of the server, which is yours to time; lines that are too wide are narrowed by hand, because only you know who comes.',
  applies: there,
  judge: (context) =>
    eachServer(
      context,
      'it is offered to this machine alone, or to named networks that have lines',
      (server) => {
        const open = isOpenWide(server);
        const far = farLines(server);
        const listens = shown(server.settings.listen_addresses?.value ?? '');
        const port = admitted(context, server.port);
        const nobody = open && far.length === 0;
        const shut = open && far.length > 0 && port !== undefined && port.length === 0;
        const wide = far.filter(isFromEverywhere);
        return [
          ...(nobody
            ? [
                `it listens on ${listens}, and no line lets anybody in from elsewhere: listen_addresses = 'localhost' is enough`,
              ]
            : []),
          ...(shut ? [`it listens on ${listens}, and the firewall lets nobody to port ${server.port}`] : []),
          ...(open ? wide.map((row) => `${lineWords(row)}: everybody may try, whatever his address`) : []),
          ...(open && port === 'everyone' && far.length > 0
            ? [
                `the firewall lets everybody to port ${server.port}; the lines are for ${far.map((row) => shown(networkOf(row) ?? row.address)).join(', ')}`,
              ]
            : []),
        ];
      },
    ),
};

const remoteTls = lineControl({
  control: {
    id: 'postgresql.remote-tls',
    title: 'Other machines come over TLS only',
    severity: 'high',
    why: 'Without it, what is asked and answered, and how somebody proves who he is, can be read and changed on the way.',
    references: [
      'PostgreSQL manual, 18.9 Secure TCP/IP Connections with SSL',
      'CIS PostgreSQL 17 Benchmark 6.8',
    ],
    reads: 'lines of pg_hba.conf for other machines, ssl of the server, and who is connected how',
    mayBreak:
      'Clients that are told not to use TLS (sslmode=disable). The server reloads, it does not restart.',
  },
  good: 'every line for other machines asks for TLS',
  wrong: (row, { server }) => isOpenWide(server) && isPlain(row, server),
  settle: settleTls,
});

const forReplication = (row: HbaRow): boolean => row.databases.includes('replication');

const replication: Control = {
  id: 'postgresql.replication',
  title: 'Only named standbys copy the database',
  severity: 'high',
  why: 'Whoever may replicate takes everything in all databases, and no right inside them holds him back.',
  references: ['PostgreSQL manual, 27.2.5.1 Authentication', 'CIS PostgreSQL 17 Benchmark 7'],
  reads: 'lines for "replication", roles that may replicate, and who does',
  mayBreak: 'Nothing: nothing is changed; only you know your standbys.',
  applies: there,
  judge: (context) =>
    eachServer(
      context,
      'replication is closed to other machines, or open to named roles and networks',
      (server) => [
        ...farLines(server)
          .filter(forReplication)
          .flatMap((row) => replicationFaults(row)),
        ...replicators(server),
      ],
    ),
};

function replicationFaults(row: HbaRow): readonly string[] {
  return [
    ...(isFromEverywhere(row) ? [`${lineWords(row)}: from everywhere`] : []),
    ...(row.users.includes('all') ? [`${lineWords(row)}: for every role`] : []),
  ];
}

/** Roles that may replicate and do other things as well. */
function replicators(server: PostgresServer): readonly string[] {
  return server.roles.flatMap(({ name, replication: may, super: all, login }) => {
    const works = server.clients.some((one) => one.user === name && !one.replication && one.database !== '');
    return may && !all && login && works && name !== server.superuser
      ? [`${shown(name)} works in a database and may replicate all of them`]
      : [];
  });
}

export const reachControls: readonly Control[] = [exposure, remoteTls, replication];
