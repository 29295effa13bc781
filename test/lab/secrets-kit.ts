// A small real application with a database of its own, and everything about its secrets that can be wrong. It connects when it
// starts, and ends when it cannot; over HTTP it says as whom the database knows it.
import type { Host } from '../../src/lab/host.ts';
import { diffManifests, type Manifest } from '../../src/lab/manifest.ts';

export const ENV_FILE = '/srv/app/.env';
/** Known to everybody, and the role's password. */
export const OLD_PASSWORD = 'postgres-dev-password';
export const WEAK_TOKEN = 'Summer24x';

/** What changed since, but for the files of the database, which writes them whenever it likes. */
export async function changedSince(before: Manifest, host: Host): Promise<readonly string[]> {
  const changed = diffManifests(before, await host.manifest());
  return changed.filter((line) => !line.includes(' /var/lib/postgresql/'));
}

/** What is declared about it. */
export const INVENTORY = [
  `DB_PASSWORD in ${ENV_FILE} for app.service postgres app@appdb`,
  `SESSION_KEY in ${ENV_FILE} class hex-64 for app.service rotate logs-out`,
  `ADMIN_TOKEN in ${ENV_FILE} for app.service rotate safe`,
  `API_TOKEN in ${ENV_FILE} for app.service rotate safe`,
  'VAULT_KEY in /srv/app/vault.json key vault.key class base64-32 rotate destroys',
] as const;

const APP = `import http.server, os, sys, threading, psycopg2
try:
    database = psycopg2.connect(host='127.0.0.1', dbname='appdb', user='app', password=os.environ['DB_PASSWORD'])
except Exception:
    sys.exit('no database')
database.autocommit = True
lock = threading.Lock()
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        with lock, database.cursor() as cursor:
            cursor.execute('select current_user')
            said = cursor.fetchone()[0].encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(said)
    def log_message(self, *_):
        pass
http.server.HTTPServer(('127.0.0.1', 8080), Page).serve_forever()
`;

const UNIT = `[Unit]
After=postgresql.service
[Service]
User=app
Environment=ADMIN_TOKEN=${WEAK_TOKEN}
EnvironmentFile=${ENV_FILE}
ExecStart=/usr/bin/python3 /srv/app/app.py
Restart=on-failure
RestartSec=1
[Install]
WantedBy=multi-user.target
`;

/** The file as the application started with it, and as somebody left it afterwards. */
const STARTED = `# the application\nDB_PASSWORD=${OLD_PASSWORD}\nAPI_TOKEN=was-another\n`;
export const ENV_TEXT = `# the application
export DB_HOST=127.0.0.1
DB_PASSWORD=older-and-forgotten
# see the wiki
DB_PASSWORD="${OLD_PASSWORD}"
SESSION_KEY=\${SESSION_KEY}
ADMIN_TOKEN=${WEAK_TOKEN}
API_TOKEN=${WEAK_TOKEN}
GREETING='two
lines'
LAST=no newline at the end`;

const POSTGRES = `systemctl start postgresql
until runuser -u postgres -- psql -qAtXc 'select 1' >/dev/null 2>&1; do sleep 0.1; done
runuser -u postgres -- psql -qX -v ON_ERROR_STOP=1 <<SQL
ALTER SYSTEM SET log_statement = 'all';
SELECT pg_reload_conf();
SET password_encryption = 'md5';
CREATE ROLE app LOGIN PASSWORD '${OLD_PASSWORD}';
CREATE DATABASE appdb OWNER app;
SQL
sed -i 's/scram-sha-256$/md5/' /etc/postgresql/*/main/pg_hba.conf
systemctl reload postgresql
`;

const GIT = `import struct
path = b'.env'
entry = bytes(40) + bytes(20) + struct.pack('>H', len(path)) + path
entry += bytes(8 - len(entry) % 8)
open('/srv/app/.git/index', 'wb').write(b'DIRC' + struct.pack('>II', 2, 1) + entry + bytes(20))
`;

async function must(host: Host, script: string): Promise<string> {
  const { code, stdout, stderr } = await host.console(script);
  if (code !== 0) throw new Error(`the host could not be prepared (${code}): ${stdout}${stderr}`);
  return stdout;
}

/** PostgreSQL, the application running with its first file, and then the file as it is found. */
export async function plantApplication(host: Host): Promise<void> {
  await must(
    host,
    'useradd --system --home-dir /srv/app --shell /usr/sbin/nologin app; mkdir -p /srv/app/.git',
  );
  await must(host, POSTGRES);
  await host.writeFile('/srv/app/app.py', APP, '0644');
  await host.writeFile('/etc/systemd/system/app.service', UNIT, '0644');
  await host.writeFile('/tmp/index.py', GIT, '0600');
  await host.writeFile(ENV_FILE, STARTED, '0644');
  await must(
    host,
    'python3 /tmp/index.py && rm /tmp/index.py && systemctl daemon-reload && systemctl enable --now app',
  );
  await untilServed(host);
  await host.writeFile(ENV_FILE, ENV_TEXT, '0644');
  await host.writeFile('/srv/app/.env.bak', ENV_TEXT, '0644');
  const key = Buffer.from([...'0123456789abcdefghijklmnopqrstuv'].reverse().join('')).toString('base64');
  await host.writeFile('/srv/app/vault.json', `{\n  "vault": { "key": "${key}" }\n}\n`, '0600');
}

/** What the application answers; undefined when it does not. */
export async function served(host: Host): Promise<string | undefined> {
  const { code, stdout } = await host.console('curl --silent --fail --max-time 3 http://127.0.0.1:8080/');
  return code === 0 ? stdout : undefined;
}

/** Waits until the application serves what its database says. */
export async function untilServed(host: Host): Promise<void> {
  await must(
    host,
    'n=0; until [ "$(curl --silent --max-time 2 http://127.0.0.1:8080/)" = app ]; do n=$((n + 1)); [ $n -lt 60 ] || exit 1; sleep 0.25; done',
  );
}

/** Whether PostgreSQL lets the role in with this password, over TCP. */
export async function opens(host: Host, password: string): Promise<boolean> {
  const { code } = await host.console(
    'read -r PGPASSWORD; export PGPASSWORD; psql -X -A -t -h 127.0.0.1 -U app -d appdb -c "select 1" >/dev/null 2>&1',
    { stdin: `${password}\n` },
  );
  return code === 0;
}
