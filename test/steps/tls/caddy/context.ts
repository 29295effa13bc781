// A host with Caddy: what it makes of a Caddyfile, recorded from the program itself, and single values of its certificate.
import { readFileSync } from 'node:fs';
import { configuredIn } from '../../../../src/facts/caddy-parts.ts';
import type { CaddyFact } from '../../../../src/facts/caddy-values.ts';
import type { CertificateFact, CertificateFile, KeyFile } from '../../../../src/facts/certificate.ts';
import type { Context } from '../../../../src/model/context.ts';
import type { AnswerValue } from '../../../../src/model/control.ts';
import { known } from '../../../../src/model/outcome.ts';
import { configFile, contextOf } from '../../sshd/context.ts';
import { LEAF, NOW, nginxWith, ROOT } from '../context.ts';
import { CADDYFILES } from './caddyfiles.ts';

export const CADDYFILE = '/etc/caddy/Caddyfile';

const ADAPTED = JSON.parse(readFileSync(new URL('./adapted.golden.json', import.meta.url), 'utf8')) as Record<
  string,
  unknown
>;

export const adapted = (name: keyof typeof CADDYFILES): unknown => ADAPTED[name];

export type CaddyHost = {
  readonly file?: keyof typeof CADDYFILES;
  readonly certificates?: readonly CertificateFact[];
  readonly key?: Partial<KeyFile>;
  /** Names that Caddy fetched a certificate for. */
  readonly fetched?: readonly string[];
  readonly caddy?: Partial<CaddyFact>;
  /** nginx with a good site is there too. */
  readonly nginx?: boolean;
  readonly answers?: Readonly<Record<string, AnswerValue>>;
};

export const CADDY_USER = { name: 'caddy', uid: 996, groups: [996, 33] };

export function caddyWith(it: CaddyHost): CaddyFact {
  const name = it.file ?? 'good';
  const files = [configFile(CADDYFILE, CADDYFILES[name])];
  const key: KeyFile = {
    ...{ path: '/etc/ssl/shop.key', named: true, exists: true, mode: '0640', uid: 0, gid: 996 },
    ...{ group: 'caddy', encrypted: false, publicKey: LEAF.publicKey },
    ...it.key,
  };
  const file = (path: string, certificates: readonly CertificateFact[]): CertificateFile => ({
    ...{ path, named: true, exists: true, holdsKey: false, certificates },
  });
  const store = '/var/lib/caddy/.local/share/caddy/certificates/acme';
  return {
    version: '2.6.2',
    unit: { enabled: 'enabled', active: 'active' },
    user: CADDY_USER,
    main: CADDYFILE,
    ...configuredIn(adapted(name), files),
    unserved: [],
    foreign: false,
    loaded: NOW - 100,
    certificates: [
      file('/etc/ssl/shop.pem', it.certificates ?? [LEAF, ROOT]),
      ...(it.fetched ?? []).map((one) =>
        file(`${store}/${one}/${one}.crt`, [{ ...LEAF, names: [one] }, ROOT]),
      ),
    ],
    keys: [key],
    looked: {
      files,
      units: { 'caddy.service': { enabled: 'enabled', active: 'active' } },
      unread: [key],
    },
    ...it.caddy,
  };
}

export function caddyContext(it: CaddyHost): Context {
  const context = contextOf({ about: 'a host with Caddy', as: 'ana' });
  const readings = {
    ...context.readings,
    caddy: known(caddyWith(it)),
    ...(it.nginx === true ? { nginx: known(nginxWith({})) } : {}),
    boot: known({ bootId: 'b', uptimeSeconds: 1, epochSeconds: NOW }),
  };
  return { ...context, readings, answers: new Map(Object.entries(it.answers ?? {})) };
}
