// The shapes of what facts say of the network and of what guards it: listeners, firewalls, containers, bans. Names and texts come from
// the host and are hostile: sanitize before showing.
import type { ConfigFile, Looked } from './values.ts';

export type Listener = {
  readonly protocol: 'tcp' | 'udp';
  readonly family: 'ipv4' | 'ipv6';
  readonly address: string;
  readonly port: number;
  readonly process: string;
  readonly pid: number | null;
  readonly unit: string;
  /** An IPv6 socket on "::" takes IPv4 as well; absent where nobody can tell. */
  readonly both?: boolean;
};

export type NetworkFact = {
  /** Every address of the host but loopback. */
  readonly addresses: readonly string[];
  /** Which link leads to a network; "0.0.0.0/0" and "::/0" are default routes. */
  readonly routes: readonly { readonly link: string; readonly network: string }[];
};

/** Whose rules filter what comes in. */
export type FirewallOwner = 'portcullis' | 'ufw' | 'nftables' | 'firewalld' | 'iptables';

export type SetHolds = { readonly set: string; readonly address: string; readonly held: boolean };

export type FirewallFact = {
  /** "1.0.6"; null without nft. */
  readonly nft: string | null;
  /** "inet filter". */
  readonly tables: readonly string[];
  /** `nft -s list ruleset`, whole: no counters; sets that are long are without elements (comments of firewall.sh say which). */
  readonly ruleset: string;
  /** Of long sets ("inet filter blocked"): whether the kernel has an address in them. Absent: nobody asked. */
  readonly held?: readonly SetHolds[];
  /** Tables of the old iptables interface that are in use; nft does not show their rules. */
  readonly legacy: readonly string[];
  /** Of ufw, firewall-cmd, netfilter-persistent, iptables, docker those that are installed. */
  readonly tools: readonly string[];
  /** By name, loaded units only. */
  readonly units: Readonly<Record<string, { readonly active: string; readonly enabled: string }>>;
  /** Ours, ufw's and /etc/nftables.conf, each where it exists; ours were looked for. */
  readonly looked: Looked;
  /** settledTable() of our own table; null when the kernel has none. */
  readonly own: string | null;
  readonly ipv6: boolean;
  /** Absent where ufw is not installed. */
  readonly ufw?: UfwFact;
  /** What nobody asked for is dropped on its way in, whoever does it. */
  readonly closed: { readonly ipv4: boolean; readonly ipv6: boolean };
  /** Everyone who filters what comes in; none = open, two = they overwrite each other. */
  readonly owners: readonly FirewallOwner[];
};

export type UfwFact = {
  /** ufw.conf switches it on at boot. */
  readonly enabled: boolean;
  /** Its chains are in the kernel. */
  readonly active: boolean;
  /** /etc/default/ufw says that it filters IPv6. */
  readonly ipv6: boolean;
  /** DEFAULT_INPUT_POLICY of /etc/default/ufw: "drop", "reject", "accept". */
  readonly inputPolicy: string;
  /** Of before.init and after.init those that run when it starts. */
  readonly hooks: readonly string[];
  /** `iptables-save -t filter` of each family, whole; empty where there is no such table. */
  readonly kernel: { readonly ipv4: readonly string[]; readonly ipv6: readonly string[] };
  /** Files of user rules that iptables does not accept, and its words; an empty list where it could not be asked. */
  readonly refused: readonly { readonly path: string; readonly message: string }[];
  /** Address of this host → its link. */
  readonly links: Readonly<Record<string, string>>;
};

/** Ports of a running container that this host answers for. A range maps to as many ports inside. */
export type PublishedPort = {
  readonly container: string;
  readonly image: string;
  readonly protocol: 'tcp' | 'udp' | 'sctp';
  /** The host's address: "0.0.0.0", "::", "127.0.0.1" … */
  readonly address: string;
  readonly port: number;
  /** As `port` unless a range is published. */
  readonly lastPort: number;
  /** Inside the container, of the first port. */
  readonly containerPort: number;
};

/** Absent: no Docker on the host. */
export type DockerFact = {
  /** A stopped one is not asked, so the rest is empty. */
  readonly running: boolean;
  readonly version: string;
  /** Which iptables Docker writes its rules with; "none" when it is told not to. */
  readonly rules: 'nft' | 'legacy' | 'none' | 'unknown';
  /** It writes rules for IPv6 too; otherwise a process of the host (docker-proxy) stands in for IPv6. */
  readonly ipv6Rules: boolean;
  readonly userlandProxy: boolean;
  readonly liveRestore: boolean;
  readonly published: readonly PublishedPort[];
  /** Links of this host that containers hang on: "docker0", "br-…". */
  readonly bridges: readonly string[];
  /** DOCKER-USER, as iptables-save prints it after the chain's name, without Docker's own RETURN. */
  readonly userChain: { readonly ipv4: readonly string[]; readonly ipv6: readonly string[] };
  /** Links that default routes lead over. */
  readonly outside: readonly string[];
  /** Our table that guards containers, as `nft -s list table` prints it; null when the kernel has none. */
  readonly guard: string | null;
  /** What loads it before Docker starts, each where it exists. */
  readonly files: readonly ConfigFile[];
};

export type JailFact = {
  readonly name: string;
  /** Addresses and networks that are never banned, as the server prints them; null when it did not tell. */
  readonly ignored: readonly string[] | null;
  readonly maxRetry: number;
  /** Seconds. */
  readonly findTime: number;
  /** Seconds; negative means for ever. */
  readonly banTime: number;
  /** Bans of one who comes back grow. */
  readonly increment: boolean;
  readonly useDns: string;
  readonly logPaths: readonly string[];
  readonly journal: boolean;
  /** Action name → port list as configured ("22", "ssh", "0:65535"). */
  readonly actions: Readonly<Record<string, string>>;
  readonly banned: readonly string[];
  /** The same with their times, "2026-11-22 09:30:00" by the host's clock; absent where the server does not tell. */
  readonly bans?: readonly { readonly address: string; readonly since: string; readonly until: string }[];
};

/** fail2ban as its running server says; `jails` is empty while it does not answer. */
export type Fail2banFact = {
  readonly installed: boolean;
  readonly version: string;
  readonly unit: { readonly enabled: string; readonly active: string };
  /** python3-systemd is there, so the journal can be read. */
  readonly journal: boolean;
  readonly answers: boolean;
  readonly jails: readonly JailFact[];
  readonly looked: Looked;
};
