// Rules: everybody proves who he is; a line that others come by today is only changed when they surely, or provably, come again; md5 goes in the
// safe order: new passwords are kept as SCRAM, roles get new ones, then the lines that all of their roles can open.
import type { HbaRow } from '../../src/facts/postgresql-values.ts';
import type { Context } from '../../src/model/context.ts';
import type { Control } from '../../src/model/control.ts';
import type { Resource } from '../../src/model/resource.ts';
import { isByWord } from '../../src/resources/hba-match.ts';
import { type Settled, settlePassword, settleTrust } from './lines.ts';
import { lineProofs } from './proofs.ts';
import { eachServer, lineWords, peopleOf, type Running, runningOf, shown, there } from './state.ts';

const MANUAL = 'PostgreSQL manual, 20.1 The pg_hba.conf File';
const RELOAD = 'The server reloads, it does not restart; whoever is connected stays connected.';

/** A control about single lines: which are wrong, and what becomes of them. */
export function lineControl(it: {
  readonly control: Omit<Control, 'applies' | 'judge' | 'remedy' | 'proofs'>;
  readonly good: string;
  readonly wrong: (row: HbaRow, running: Running) => boolean;
  /** Why nobody can tell of a line whether it is wrong. */
  readonly unclear?: (row: HbaRow) => string | undefined;
  readonly settle: (running: Running, context: Context) => (row: HbaRow) => Settled;
}): Control {
  const wrongIn = (running: Running): readonly HbaRow[] =>
    running.server.hba.filter((row) => row.error === '' && it.wrong(row, running));
  const settledIn = (context: Context) =>
    runningOf(context).flatMap((running) => {
      const settle = it.settle(running, context);
      return wrongIn(running).flatMap((row) => {
        const settled = settle(row);
        return 'edits' in settled ? [{ row, edits: settled.edits }] : [];
      });
    });
  const wrongOf = (context: Context) =>
    eachServer(context, it.good, (server, cluster) => {
      const settle = it.settle({ server, cluster }, context);
      return wrongIn({ server, cluster }).map((row) => {
        const settled = settle(row);
        return 'stays' in settled ? `${lineWords(row)}; it stays: ${settled.stays}` : lineWords(row);
      });
    });
  const unclearOf = (context: Context) =>
    eachServer(context, it.good, (server, cluster) =>
      server.hba.flatMap((row) => {
        const why = row.error !== '' || it.wrong(row, { server, cluster }) ? undefined : it.unclear?.(row);
        return why === undefined ? [] : [`${lineWords(row)}: ${why}`];
      }),
    );
  return {
    ...it.control,
    applies: there,
    judge: (context) => {
      const [wrong, unclear] = [wrongOf(context), unclearOf(context)];
      if (unclear.result !== 'fail') return wrong;
      const told = wrong.result === 'pass' ? [] : wrong.evidence;
      return {
        result: wrong.result === 'fail' ? 'fail' : 'unknown',
        evidence: [...told, ...unclear.evidence],
      };
    },
    remedy: (context) => settledIn(context).flatMap(({ edits }) => edits),
    proofs: (context) =>
      lineProofs(
        context,
        settledIn(context).map(({ row }) => row),
      ),
  };
}

const errors: Control = {
  id: 'postgresql.hba-errors',
  title: 'PostgreSQL can read all of pg_hba.conf',
  severity: 'high',
  why: 'A file with one bad line is ignored as a whole at a reload, without a word to whoever reloads, and keeps the server from starting at the next boot.',
  references: [MANUAL, 'PostgreSQL manual, pg_hba_file_rules'],
  reads: 'pg_hba_file_rules: the files as the running server reads them',
  mayBreak: 'Nothing: nothing is changed. Mend the lines by hand; until then no other line is touched.',
  applies: there,
  judge: (context) =>
    eachServer(context, 'no line is in error', (server) =>
      server.hba.flatMap((row) =>
        row.error === '' ? [] : [`line ${row.line} of ${shown(row.file)}: ${shown(row.error)}`],
      ),
    ),
};

const pending: Control = {
  id: 'postgresql.hba-loaded',
  title: 'PostgreSQL uses what pg_hba.conf says',
  severity: 'medium',
  why: 'A file that was changed and never loaded promises what the server does not do, and changes who gets in at the next restart, when nobody thinks of it.',
  references: [MANUAL],
  reads: 'when pg_hba.conf was written, and when the server last read its files',
  mayBreak: 'Nothing: nothing is changed. Reload it when its lines are meant.',
  applies: there,
  judge: (context) =>
    eachServer(context, 'it was read after its last change', (server) =>
      server.hbaPending ? ['pg_hba.conf was written after the server last read it'] : [],
    ),
};

const trust = lineControl({
  control: {
    id: 'postgresql.trust',
    title: 'Nobody gets into a database by his word alone',
    severity: 'critical',
    why: 'With trust, whoever reaches the port or the socket is whichever role he says, the superuser too, who runs programs on the host.',
    references: [MANUAL, 'PostgreSQL manual, 20.4 Trust Authentication', 'CIS PostgreSQL 17 Benchmark 5'],
    reads: 'the lines of pg_hba.conf as the running server reads them, and who is connected over which',
    mayBreak: `Whoever came in without a password needs one. ${RELOAD}`,
  },
  good: 'no line takes everybody’s word',
  wrong: isByWord,
  unclear: ({ options }) =>
    options.includes('map')
      ? 'whom it lets in is said by a map of pg_ident.conf, which is not read; one that leads every name to a role takes everybody’s word'
      : undefined,
  settle: settleTrust,
});

const passwordMethods = lineControl({
  control: {
    id: 'postgresql.password-methods',
    title: 'Passwords are proved by SCRAM, not sent or hashed as md5',
    severity: 'high',
    why: 'password sends it as it is; md5 can be replayed by whoever got the stored hash, and PostgreSQL gives it up.',
    references: [MANUAL, 'RFC 5802', 'PostgreSQL manual, 20.5 Password Authentication'],
    reads: 'the lines of pg_hba.conf, and which kind of password each role has that they are for',
    mayBreak: `Clients from before 2017 that do not know SCRAM (libpq older than 10). ${RELOAD}`,
  },
  good: 'no line takes md5 or plain passwords',
  wrong: ({ method }) => method === 'md5' || method === 'password',
  settle: settlePassword,
});

/** What says password_encryption after a drop-in of ours: the line of conf.d has to come last. */
function isOurs({ cluster, server }: Running): boolean {
  const now = server.settings.password_encryption;
  if (cluster.dropIns === null || now === undefined || cluster.unit === '') return false;
  return (
    now.file === '' || (now.file === `${cluster.folder}/postgresql.conf` && now.line < cluster.dropIns.line)
  );
}

const passwordEncryption: Control = {
  id: 'postgresql.password-encryption',
  title: 'New passwords are kept as SCRAM verifiers',
  severity: 'high',
  why: 'It is the first thing to set: a password that is changed while this says md5 is kept as md5 again.',
  references: ['PostgreSQL manual, password_encryption', 'RFC 7677'],
  reads: 'password_encryption of the running server, and which file says it',
  mayBreak: 'Nothing for passwords that exist; new ones need clients that know SCRAM.',
  applies: there,
  judge: (context) =>
    eachServer(context, 'password_encryption is scram-sha-256', (server, cluster) => {
      const now = server.settings.password_encryption;
      if (now?.value === 'scram-sha-256') return [];
      const where =
        now === undefined || now.file === '' ? 'by default' : `in ${shown(now.file)}, line ${now.line}`;
      const by = isOurs({ server, cluster })
        ? ''
        : '; a drop-in of ours would not win there: change it by hand';
      return [`password_encryption is ${shown(now?.value ?? '')} ${where}${by}`];
    }),
  remedy: (context) =>
    runningOf(context)
      .filter((it) => it.server.settings.password_encryption?.value !== 'scram-sha-256' && isOurs(it))
      .flatMap(({ cluster }): readonly Resource[] => [
        {
          kind: 'file',
          path: `${cluster.folder}/conf.d/portcullis.conf`,
          content: DROP_IN,
          mode: '0644',
          uid: cluster.dropIns?.uid ?? 0,
          gid: cluster.dropIns?.gid ?? 0,
        },
        { kind: 'unit', name: cluster.unit, reload: true },
      ]),
  proofs: (context) =>
    runningOf(context)
      .filter(isOurs)
      .map(({ cluster, server }) => ({
        id: `postgresql.encryption.${cluster.name}`,
        title: `PostgreSQL ${cluster.name} keeps new passwords as SCRAM verifiers`,
        viewpoint: 'inside',
        expect: 'works',
        check: {
          kind: 'postgres-setting',
          port: server.port,
          name: 'password_encryption',
          value: 'scram-sha-256',
        },
      })),
};

const DROP_IN = `# Written by portcullis. Change it with portcullis, or delete this file and reload PostgreSQL.
# To undo: "portcullis rollback HOST" from your own machine, or as root on this host: sh /var/lib/portcullis/engine status
password_encryption = 'scram-sha-256'
`;

const rolePasswords: Control = {
  id: 'postgresql.role-passwords',
  title: 'No role has a password that is kept as md5',
  severity: 'medium',
  why: 'An md5 hash is as good as the password for whoever reads it, and it keeps its lines from being closed to md5.',
  references: ['PostgreSQL manual, 20.5 Password Authentication', 'RFC 7677'],
  reads: 'which kind of password each role has; never the hash',
  mayBreak:
    'Nothing: nothing is changed here. "portcullis secrets TARGET rotate" gives a new one together with the services that use it.',
  applies: there,
  judge: (context) =>
    eachServer(context, 'no role has an md5 password', (server) =>
      server.roles.flatMap(({ name, password }) =>
        password === 'md5' ? [`${shown(name)} has an md5 password`] : [],
      ),
    ),
};

const empty: Control = {
  id: 'postgresql.role-end',
  title: 'No role that may log in waits without a way in',
  severity: 'low',
  why: 'A role whose time is over, or that has no password where only passwords open, is forgotten: it opens again with the first ALTER ROLE.',
  references: ['PostgreSQL manual, CREATE ROLE, VALID UNTIL'],
  reads: 'roles that may log in, and until when',
  mayBreak: 'Nothing: nothing is changed.',
  applies: there,
  judge: (context) => {
    const now = context.readings.boot.kind === 'known' ? context.readings.boot.value.epochSeconds : 0;
    return eachServer(context, 'every role that may log in is within its time', (server) =>
      peopleOf(server).flatMap(({ name, until }) => {
        const end = Date.parse(until.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00'));
        return Number.isFinite(end) && now > 0 && end / 1000 < now
          ? [`${shown(name)} was valid until ${shown(until)}`]
          : [];
      }),
    );
  },
};

export const authenticationControls: readonly Control[] = [
  errors,
  pending,
  trust,
  passwordEncryption,
  rolePasswords,
  passwordMethods,
  empty,
];
