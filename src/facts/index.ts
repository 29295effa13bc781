import type { Reading } from '../model/outcome.ts';
import { accounts } from './accounts.ts';
import { boot } from './boot.ts';
import { caddy } from './caddy.ts';
import type { CaddyFact } from './caddy-values.ts';
import { certbot } from './certbot.ts';
import type { CertbotFact } from './certbot-values.ts';
import { disk } from './disk.ts';
import { docker } from './docker.ts';
import type { Fact } from './fact.ts';
import { fail2ban } from './fail2ban.ts';
import { firewall } from './firewall.ts';
import { identity } from './identity.ts';
import { init } from './init.ts';
import { listeners } from './listeners.ts';
import { lockdown } from './lockdown.ts';
import type { LockdownFact } from './lockdown-record.ts';
import { managers } from './managers.ts';
import { network } from './network.ts';
import type { DockerFact, Fail2banFact, FirewallFact, Listener, NetworkFact } from './network-values.ts';
import { nginx } from './nginx.ts';
import type { NginxFact } from './nginx-values.ts';
import { os } from './os.ts';
import { ownState } from './own-state.ts';
import { packages } from './packages.ts';
import { people } from './people.ts';
import type { PeopleFact } from './people-values.ts';
import { postgresql } from './postgresql.ts';
import type { PostgresqlFact } from './postgresql-values.ts';
import { sessions } from './sessions.ts';
import { sshd } from './sshd.ts';
import { tools } from './tools.ts';
import type {
  AccountsFact,
  BootFact,
  DiskFact,
  IdentityFact,
  InitFact,
  ManagersFact,
  OsFact,
  OwnStateFact,
  PackagesFact,
  SessionFact,
  SshdFact,
  ToolsFact,
  VirtualisationFact,
  WhoFact,
} from './values.ts';
import { virtualisation } from './virtualisation.ts';
import { who } from './who.ts';

/** Every fact by name. A new fact is one file and one line here (and in the registry below). */
export type Readings = {
  readonly os: Reading<OsFact>;
  readonly init: Reading<InitFact>;
  readonly virtualisation: Reading<VirtualisationFact>;
  readonly identity: Reading<IdentityFact>;
  readonly boot: Reading<BootFact>;
  readonly who: Reading<WhoFact>;
  readonly accounts: Reading<AccountsFact>;
  readonly sshd: Reading<SshdFact>;
  readonly listeners: Reading<readonly Listener[]>;
  readonly network: Reading<NetworkFact>;
  readonly docker: Reading<DockerFact>;
  readonly firewall: Reading<FirewallFact>;
  readonly disk: Reading<readonly DiskFact[]>;
  readonly packages: Reading<PackagesFact>;
  readonly sessions: Reading<readonly SessionFact[]>;
  readonly managers: Reading<ManagersFact>;
  readonly ownState: Reading<OwnStateFact>;
  readonly lockdown: Reading<LockdownFact>;
  readonly tools: Reading<ToolsFact>;
  readonly fail2ban: Reading<Fail2banFact>;
  readonly people: Reading<PeopleFact>;
  readonly nginx: Reading<NginxFact>;
  readonly caddy: Reading<CaddyFact>;
  readonly certbot: Reading<CertbotFact>;
  readonly postgresql: Reading<PostgresqlFact>;
};

/** In the order they are asked and shown. */
export const FACTS: {
  readonly [Name in keyof Readings]: Readings[Name] extends Reading<infer T> ? Fact<T> : never;
} = {
  os,
  init,
  virtualisation,
  identity,
  boot,
  who,
  accounts,
  sshd,
  listeners,
  network,
  docker,
  firewall,
  disk,
  packages,
  sessions,
  managers,
  ownState,
  lockdown,
  tools,
  fail2ban,
  people,
  nginx,
  caddy,
  certbot,
  postgresql,
};

/** What a plan rests on: the stable readings without their volatile parts, as plain data for a digest. */
export function stableReadings(readings: Readings): Readonly<Record<string, unknown>> {
  const facts = Object.entries(FACTS as unknown as Readonly<Record<string, Fact<unknown>>>);
  const byName = new Map<string, Reading<unknown>>(Object.entries(readings));
  return Object.fromEntries(
    facts.flatMap(([name, fact]): readonly (readonly [string, unknown])[] => {
      const reading = byName.get(name);
      if (fact.stability !== 'stable' || reading === undefined) return [];
      if (reading.kind !== 'known' || fact.digested === undefined) return [[name, reading]];
      return [[name, { kind: 'known', value: fact.digested(reading.value) }]];
    }),
  );
}
