// The shapes of what facts say; those of the network and its guards are in network-values.ts. Names and texts come from the host and
// are hostile: sanitize before showing.
import type { AnswerValue } from '../model/control.ts';

export type OsFact = {
  readonly id: string;
  /** "12", "13"; empty when os-release has none. */
  readonly versionId: string;
  readonly prettyName: string;
  readonly kernel: string;
  readonly architecture: string;
};

export type InitFact = {
  readonly name: 'systemd' | 'other' /** e.g. 252 */;
  readonly version: number /** systemctl is-system-running */;
  readonly state: string;
};

/** systemd-detect-virt's word, "none" on bare metal. */
export type VirtualisationFact = { readonly kind: string; readonly container: boolean };

export type IdentityFact = { readonly machineId: string; readonly hostname: string };

export type BootFact = {
  readonly bootId: string;
  readonly uptimeSeconds: number;
  readonly epochSeconds: number;
};

/** Our own login as the host sees it (SSH_CONNECTION); absent for local. */
export type WhoFact = {
  readonly user: string;
  readonly clientAddress: string;
  readonly clientPort: number;
  readonly serverAddress: string;
  readonly serverPort: number;
};

export type KeyFact = {
  /** File and 1-based line it stands in. */
  readonly file: string;
  readonly line: number;
  readonly options: string;
  readonly type: string;
  readonly blob: string;
  readonly comment: string;
  /** "SHA256:…", computed here from the blob. */
  readonly fingerprint: string;
  readonly bits: number | null;
  /** Why sshd would not take this key (mode of its file, …); absent = usable. */
  readonly problem?: string;
};

export type AccountFact = {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  readonly shell: string;
  readonly groups: readonly string[];
  /** none: no password set ("*", "!" only); locked: "!hash"; empty: logs in without one; set. */
  readonly password: 'set' | 'locked' | 'none' | 'empty';
  /** Account expired (chage -E) or password must be changed (chage -d 0 / max age). */
  readonly accountExpired: boolean;
  readonly passwordExpired: boolean;
  readonly shellUsable: boolean;
  readonly keys: readonly KeyFact[];
  /** Why keys of this account cannot be used ("mode 0666 of …"); empty = usable. Told only while no key is usable. */
  readonly keyProblems: readonly string[];
  /**
   * Every file that AuthorizedKeysFile names for this account and that exists, with its whole text, in that order (needed
   * to add a line to it). Absent when they could not be read.
   */
  readonly keyFiles?: readonly ConfigFile[];
  /** The first path that AuthorizedKeysFile names for this account, tokens expanded, whether it exists or not. */
  readonly keyPath?: string;
  /** What sudo grants (from `sudo -n -l -U`), "unknown" with sudo missing is "none". */
  readonly sudo: 'all-nopasswd' | 'all-password' | 'some' | 'none' | 'unknown';
  /** Defaults that sudo lists for this account, in their order; absent where it lists none, and for root. */
  readonly sudoDefaults?: readonly string[];
  /** Unix seconds of the last login the host recorded; null = never or not recorded. */
  readonly lastLogin: number | null;
  /** Unix seconds of the last *accepted key* seen in the journal, per fingerprint where LogLevel allows it. */
  readonly lastKeyUse: Readonly<Record<string, number>>;
};

export type AgingFact = {
  readonly password: AccountFact['password'];
  readonly changed: number | null;
  readonly expires: number | null;
};

/** Accounts that have a login shell, root, or keys; system accounts without any of it are left out. */
export type AccountsFact = {
  readonly accounts: readonly AccountFact[];
  readonly nologin: boolean;
  /** Names of all groups with members (primary included), for AllowGroups. */
  readonly groups: Readonly<Record<string, readonly string[]>>;
  /** How a password stands and when the account ends, for every account there is: days since 1970, null = never. */
  readonly aging?: Readonly<Record<string, AgingFact>>;
  /** Lines of the account list that are no accounts (NIS "+::", missing numbers), as they stand there. */
  readonly malformed?: readonly string[];
};

export type ConfigFile = {
  readonly path: string;
  /** Where the name leads when it is a link. */
  readonly realPath: string;
  readonly text: string;
  readonly mode: string;
  readonly uid: number;
  readonly gid: number;
  readonly sha256: string;
  readonly nlink: number;
  /** Set when `text` is not the very bytes (not UTF-8): such a file is never edited from its text. */
  readonly inexact?: true;
};

/**
 * What a fact looked at on the way, for resources to compare with. Any fact may carry it as `looked`: a new fact brings its files and
 * units along and no resource kind has to know the fact.
 */
export type Looked = {
  readonly files?: readonly ConfigFile[];
  /** Paths and folders ("/etc/x/", all files of it) that were looked at: what is not among `files` is not there. */
  readonly places?: readonly string[];
  /** Units by full name: `systemctl is-enabled` and `is-active`; "not-found" and "inactive" for one that is not there. */
  readonly units?: Readonly<Record<string, { readonly enabled: string; readonly active: string }>>;
  /** Files whose bytes stay on the host. */
  readonly unread?: readonly {
    readonly path: string;
    readonly mode: string;
    readonly uid: number;
    readonly gid: number;
  }[];
};

/** Keyword in lower case → values in the order `sshd -T` prints them. */
export type EffectiveSshd = Readonly<Record<string, readonly string[]>>;

export type SshdFact = {
  /** "9.2p1", "10.0p2". */
  readonly version: string;
  readonly binary: string;
  /** The main file, then every file it includes, in reading order (drop-ins of the default directory always listed). */
  readonly files: readonly ConfigFile[];
  /** The main file includes /etc/ssh/sshd_config.d/*.conf (before any Match). */
  readonly include: boolean;
  /** `sshd -t`: 0 and empty, or what is wrong today. */
  readonly test: { readonly code: number; readonly message: string };
  /** `sshd -T` without a connection. Empty when test fails. */
  readonly effective: EffectiveSshd;
  /** `sshd -T -C` per login user × address (operator's own address, one stranger per family). */
  readonly perConnection: readonly {
    readonly user: string;
    readonly address: string;
    readonly effective: EffectiveSshd;
  }[];
  /** ssh.socket holds the listener. `ports` are its ListenStream ports. */
  readonly socket: {
    readonly active: boolean;
    readonly enabled: boolean;
    readonly unit: string;
    readonly listen: readonly string[];
    readonly dropIns: readonly ConfigFile[];
  };
  readonly unit: { readonly name: string; readonly active: string; readonly enabled: string };
  /** Options on the running daemon's command line or in /etc/default/ssh that override the file, e.g. ["-p", "2222"]. */
  readonly commandLine: readonly string[];
  /** Algorithms this host's OpenSSH can speak (`ssh -Q`, else what `sshd -T` shows). */
  readonly supports: {
    readonly kex: readonly string[];
    readonly ciphers: readonly string[];
    readonly macs: readonly string[];
    readonly hostKeys: readonly string[];
    readonly publicKeys: readonly string[];
    readonly caSignatures: readonly string[];
  };
  readonly hostKeys: readonly {
    readonly path: string;
    readonly type: string;
    readonly bits: number;
    readonly fingerprint: string;
    readonly mode: string;
    readonly uid: number;
    readonly gid: number;
    /** The public half beside it (path + ".pub"), where it exists. */
    readonly publicHalf?: { readonly mode: string; readonly uid: number; readonly gid: number };
  }[];
  /** Files that the configuration names and whether they are there: RevokedKeys, TrustedUserCAKeys, Banner, ForceCommand… */
  readonly named: readonly { readonly keyword: string; readonly path: string; readonly exists: boolean }[];
  /** Texts shown before a login, whole: /etc/issue.net and the file that Banner names, each where it exists. */
  readonly banners?: readonly ConfigFile[];
  /** Users or keys that logged in over ssh in the last 30 days, from the journal/wtmp. */
  readonly recentLogins: readonly {
    readonly user: string;
    readonly method: string;
    readonly address: string;
    readonly fingerprint: string | null;
    readonly epochSeconds: number;
  }[];
};

export type DiskFact = {
  readonly path: string;
  readonly freeBytes: number;
  readonly freeInodes: number;
  readonly readOnly: boolean;
};

export type PackagesFact = {
  readonly manager: 'apt' | 'other';
  /** dpkg --audit is silent. */
  readonly healthy: boolean;
  /** What dpkg --audit says; empty when healthy. */
  readonly complaint: string;
  /** Process that holds the dpkg lock, "name (pid N)"; empty when free. */
  readonly lockHolder: string;
  /** Names of the packages that are wholly installed, sorted. */
  readonly installed: readonly string[];
};

export type SessionFact = {
  readonly user: string;
  readonly tty: string;
  readonly from: string;
  readonly since: string;
};

/** Configuration managers that will overwrite files: puppet, chef, salt, ansible-pull, cloud-init. */
export type ManagersFact = { readonly names: readonly string[]; readonly cloudInitSshPwauth: string };

/** What an earlier run left: unfinished transactions and the state folder's health. */
export type OwnStateFact = {
  readonly stateFolder: 'absent' | 'private' | 'not-private';
  /** sha256 of the engine on the host; empty without one. */
  readonly engineVersion: string;
  readonly open: readonly {
    readonly id: string;
    readonly state: string;
    readonly operator: string;
    readonly begun: number;
  }[];
  /** Answers that kept transactions were made of, by question id; the newest holds. Absent where there are none. */
  readonly decided?: Readonly<Record<string, AnswerValue>>;
};

export type ToolsFact = Readonly<Record<string, boolean>>;
