// Rules: what counts is what each server says of itself; a server that does not answer is told, and nothing is concluded from its files.
// Of passwords only their kind comes here.
import { known, absent as notThere, type Reading, unknown } from '../model/outcome.ts';
import { configFiles } from './config-file.ts';
import contents from './contents.sh?raw';
import type { Fact } from './fact.ts';
import body from './postgresql.sh?raw';
import { answerOf, clusterOf, unitsOf } from './postgresql-cluster.ts';
import type { PostgresCluster, PostgresqlFact } from './postgresql-values.ts';
import preamble from './sections.sh?raw';
import { reader, type Sections, whole } from './sections.ts';

export const postgresql: Fact<PostgresqlFact> = {
  name: 'postgresql',
  title: 'Databases (PostgreSQL)',
  stability: 'stable',
  script: preamble + contents + body,
  deadline: 20,
  outputLimit: 1_000_000,
  // Who is connected moves by itself.
  digested: ({ clusters, silent, withheld, looked }) => ({
    silent,
    withheld,
    clusters: clusters.map(({ server, ...cluster }) => {
      if (server === null) return cluster;
      const { clients: _, ...stable } = server;
      return { ...cluster, server: stable };
    }),
    looked: { ...looked, units: {} },
  }),
  parse: reader(read),
};

function read(sections: Sections): Reading<PostgresqlFact> {
  sections.body('uid');
  if (sections.find('uid')?.args[0] !== '0') return unknown('only root may ask PostgreSQL as its superuser');
  if (sections.find('missing')) return notThere;
  const units = unitsOf(sections.body('units'));
  const servers = sections.groups('server').flatMap((group) => answerOf(group) ?? []);
  const folders = sections.groups('cluster').map((group) => clusterOf(group, servers));
  const others = servers
    .filter((server) => !folders.some((one) => one.server === server))
    .map((server): PostgresCluster => {
      return { name: `port ${server.port}`, folder: '', unit: '', dropIns: null, server };
    });
  return known({
    clusters: [...folders, ...others],
    silent: sections.groups('server').flatMap((group) => {
      return group.find('silent') === undefined ? [] : [whole(group.all[0]?.args[0])];
    }),
    withheld: sections.all.filter(({ name }) => name === 'withheld').map(({ body: path }) => path),
    looked: {
      files: configFiles(sections, 'file'),
      places: folders.map(({ folder }) => `${folder}/conf.d/portcullis.conf`),
      units,
    },
  });
}
