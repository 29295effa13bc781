// What is known of declared secrets after a look: measures and keyed digests, never values. Plain data: it may be shown and compared.
import type { SecretEntry } from '../model/secret-entry.ts';
import type { SecretMeasure } from './secret-measure.ts';

export type SecretSeen = {
  readonly entry: SecretEntry;
  /** template: its reader fills in variables. empty: the key is there without a value. */
  readonly status: 'set' | 'empty' | 'template' | 'missing' | 'unreadable';
  /** Why it cannot be read, with line and column; else empty. */
  readonly reason: string;
  readonly measure: SecretMeasure | null;
  /** Keyed; empty without a value. Equal digests: equal values. */
  readonly digest: string;
  /** Lines that set its key. */
  readonly lines: number;
};

/** Something beside a file that looks like an earlier version of it. */
export type SecretCopy = {
  readonly path: string;
  readonly mode: string;
  readonly owner: string;
  readonly uid: number;
  readonly gid: number;
  /** Names of secrets whose value it holds now. */
  readonly holds: readonly string[];
};

export type SecretFile = {
  readonly path: string;
  /** Where it really is; the path itself unless a link leads there. */
  readonly realPath: string;
  readonly status: 'file' | 'missing' | 'unreadable';
  readonly reason: string;
  readonly mode: string;
  readonly uid: number;
  readonly gid: number;
  readonly owner: string;
  readonly group: string;
  /** Seconds since 1970, when its content last changed. */
  readonly changed: number;
  readonly nlink: number;
  /** Keyed digest of its bytes; empty when it is not there. */
  readonly digest: string;
  readonly copies: readonly SecretCopy[];
  /** Folder of a git repository that holds it, and whether its index names the file. */
  readonly git: { readonly root: string; readonly tracked: boolean } | null;
};

export type SecretUnit = {
  readonly name: string;
  readonly enabled: string;
  readonly active: string;
  /** As whom it runs; "root" where nothing is said. */
  readonly user: string;
  readonly uid: number;
  readonly gid: number;
  /** Files that the service manager itself reads for it, as root. */
  readonly environmentFiles: readonly string[];
  /** Secrets whose value stands in Environment=, which every user may read. */
  readonly holds: readonly string[];
  /** Secrets that its process holds with another value than the file. */
  readonly stale: readonly string[];
};

export type SecretContainer = {
  readonly name: string;
  /** Secrets that its configuration shows to everyone who may ask Docker. */
  readonly holds: readonly string[];
  /** Secrets of its own that it was made with another value of than the file has. */
  readonly stale: readonly string[];
};

export type SecretRole = {
  readonly name: string;
  readonly login: boolean;
  readonly superuser: boolean;
  readonly verifier: 'scram' | 'md5' | 'none';
  /** Open connections of it when we looked. */
  readonly connections: number;
};

export type SecretsSight = {
  readonly secrets: readonly SecretSeen[];
  readonly files: readonly SecretFile[];
  readonly units: readonly SecretUnit[];
  /** Containers, running or not. */
  readonly containers: readonly SecretContainer[];
  /** Images of this host, by what people call them. */
  readonly images: readonly { readonly name: string; readonly holds: readonly string[] }[];
  /** Files that containers were composed from, and that hold a secret as it is now. */
  readonly composed: readonly SecretCopy[];
  /** What Docker has and did not show, or shows in another way than we read: how many. */
  readonly unseen: { readonly containers: number; readonly images: number; readonly composed: number };
  readonly docker: 'absent' | 'read' | 'unreadable';
  /** absent: no PostgreSQL here, or nobody declared a role of it. down: it does not answer. several: more than one cluster runs. */
  readonly postgres: 'absent' | 'down' | 'several' | 'read';
  readonly roles: readonly SecretRole[];
  /** Seconds since 1970 on the host. */
  readonly now: number;
};
