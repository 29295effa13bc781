// What is a database, by the port it listens on inside its container or by the name of its image.
import type { PublishedPort } from '../../src/facts/network-values.ts';

/** Ports that mean a database and hardly anything else. */
const PORTS = [
  1433, 1521, 2379, 3050, 3306, 5432, 5433, 5984, 6379, 6380, 7474, 7687, 8086, 8123, 8529, 9042, 9200, 9300,
  11211, 26257, 27017, 27018, 28015, 33060,
];

const IMAGES =
  /(^|[/_-])(postgres|postgresql|postgis|timescaledb|pgvector|mysql|mariadb|percona|redis|valkey|keydb|dragonfly|memcached|mongo|mongodb|ferretdb|couchdb|couchbase|cassandra|scylla|clickhouse|influxdb|elasticsearch|opensearch|meilisearch|neo4j|arangodb|rethinkdb|cockroach|etcd|mssql|oracle|qdrant|weaviate|milvus)\b/i;

/** A port of a container behind which data lies that nobody outside should ask for. */
export function isDatabase(port: Pick<PublishedPort, 'containerPort' | 'image'>): boolean {
  return PORTS.includes(port.containerPort) || IMAGES.test(port.image);
}
