// One cluster of Debian's, and what the server behind a socket said.
import { serverOf } from './postgresql-server.ts';
import type { PostgresCluster, PostgresServer } from './postgresql-values.ts';
import { linesOf, pairsOf, type Sections, whole } from './sections.ts';
import type { Looked } from './values.ts';

export function unitsOf(shown: string): NonNullable<Looked['units']> {
  const blocks = shown.split('\n\n').map(pairsOf);
  return Object.fromEntries(
    blocks.flatMap((one) => {
      const state = {
        enabled: one.get('UnitFileState') || 'not-found',
        active: one.get('ActiveState') || 'inactive',
      };
      return one.has('Id') ? [[one.get('Id') ?? '', state]] : [];
    }),
  );
}

export function answerOf(group: Sections): PostgresServer | undefined {
  const said = group.find('says');
  if (said === undefined) return undefined;
  const databases = group.groups('database').flatMap((one) => {
    const line = linesOf(one.body('database'))[0] ?? 'unread';
    const name = Buffer.from(one.all[0]?.args[0] ?? '', 'base64').toString('utf8');
    return line === 'unread' ? [] : [[name, line] as const];
  });
  return serverOf(said.body, { port: group.all[0]?.args[0] ?? '', inside: new Map(databases) });
}

export function clusterOf(group: Sections, servers: readonly PostgresServer[]): PostgresCluster {
  const folder = group.body('cluster');
  const name = group.all[0]?.args[0] ?? '';
  const [version = '', cluster = ''] = name.split('/');
  const included = linesOf(group.body('include')).find((line) => /include_dir\s*=?\s*'conf\.d'/.test(line));
  const [uid, gid] = (group.find('drop-ins')?.body ?? '').trim().split(' ');
  return {
    name,
    folder,
    unit: `postgresql@${version}-${cluster}.service`,
    dropIns:
      included === undefined || gid === undefined
        ? null
        : { line: whole(included.split(':')[0]), uid: whole(uid), gid: whole(gid) },
    server: servers.find((one) => one.settings.config_file?.value === `${folder}/postgresql.conf`) ?? null,
  };
}
