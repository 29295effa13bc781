// One typed piece of desired state with a stable address, and the closed list of things the host engine can do and undo.
// Long because both lists are closed, and are read together.

import type { AccountEdit, AccountResource } from './account.ts';
import type { DatabaseRight, FillFile, PostgresRight, PostgresRole, SecretResource } from './secret-entry.ts';
import type { Family } from './target.ts';

export type Resource =
  | SshdOptionResource
  | FileResource
  | UnitResource
  | IniOptionResource
  | AuthorizedKeyResource
  | AccountResource
  | PackageResource
  | FirewallResource
  | ContainerPolicyResource
  | CaddyEditResource
  | NginxEditResource
  | HbaRuleResource
  | CertificateResource
  | DatabaseRightResource
  | SecretResource;

/** One global sshd keyword. `values` has one entry per line (Port and ListenAddress accumulate, others hold one). */
export type SshdOptionResource = {
  readonly kind: 'sshd-option';
  /** Keyword in its documented spelling, e.g. "PermitRootLogin". */
  readonly keyword: string;
  readonly values: readonly string[];
  /** What else must hold on effective state for users in Match blocks: the option is also closed there. */
  readonly everywhere?: boolean;
  /** Contract options take something away that a proof must have replaced before (an old port, root login). */
  readonly phase?: 'expand' | 'contract';
};

/**
 * One value in a drop-in of our own, in a format of sections and "key = value". All options of one file are written together; what a
 * file of ours holds already and nobody asks for stays.
 */
export type IniOptionResource = {
  readonly kind: 'ini-option';
  /** A drop-in that is ours alone, with "portcullis" in its name. */
  readonly path: string;
  readonly section: string;
  readonly key: string;
  readonly value: string;
};

export type FileResource = {
  readonly kind: 'file';
  readonly path: string;
  /** Whole content; undefined leaves bytes as they are and manages mode and owner only. null removes the file. */
  readonly content?: string | null;
  /** Four octal digits, e.g. "0600". */
  readonly mode?: string;
  readonly uid?: number;
  readonly gid?: number;
};

export type UnitResource = {
  readonly kind: 'unit';
  readonly name: string;
  readonly enabled?: boolean;
  readonly masked?: boolean;
  readonly active?: boolean;
  /** It reads its files anew, where it runs. */
  readonly reload?: true;
};

/** Who may reach what on this host; whatever else nobody asked for is dropped. */
export type FirewallResource = {
  readonly kind: 'firewall';
  /** portcullis (default): a table of our own. ufw: rules among its own. */
  readonly backend?: 'portcullis' | 'ufw';
  readonly intents: readonly Intent[];
  /** Ports among those of SSH that this run leaves; dropped in a stage of their own at its end. The plan says so, not a step. */
  readonly leaving?: readonly number[];
};

export type Intent = {
  readonly port: number;
  /** Last port of a range. */
  readonly to?: number;
  readonly protocol: 'tcp' | 'udp';
  /** Networks without host bits, single addresses without a prefix; the family is that of each. */
  readonly from: 'everyone' | readonly string[];
  /** Only over this one; where sources are named, their families say it. */
  readonly family?: Family;
  /** New connections a minute that one source may make (an IPv6 /64 is one source); what is more is dropped. */
  readonly limit?: number;
  readonly purpose: string;
};

/** One public key that a user may log in with; other lines of the file are not ours. */
export type AuthorizedKeyResource = {
  readonly kind: 'authorized-key';
  readonly user: string;
  /** authorized_keys line: [options] type base64 [comment]. */
  readonly line: string;
};

/** A package of the host's distribution that must be installed; what it depends on comes with it, nothing else does. */
export type PackageResource = {
  readonly kind: 'package';
  /** As apt names it, e.g. "nftables". */
  readonly name: string;
  /** What it is needed for, in a few words. */
  readonly purpose: string;
  /** Service that it would start by itself, e.g. "fail2ban.service". */
  readonly brings?: string;
};

/** A directive of an nginx file: names on the way down from the top of the file, each the nth of its name in its block, from 0. */
export type NginxPlace = readonly { readonly name: string; readonly nth: number }[];

export type NginxDirective = {
  readonly name: string;
  readonly args: readonly string[];
  readonly children?: readonly NginxDirective[];
};

/**
 * One change in a file of nginx; every other byte stays. All of one file are made together, in their order, so none may move the
 * block of another: servers and locations are never taken away.
 */
export type NginxEditResource = {
  readonly kind: 'nginx-edit';
  /** Where its name leads; a drop-in of ours that is missing is made. */
  readonly file: string;
  /** The block it is about; empty for the file itself. */
  readonly block: NginxPlace;
  readonly edit: /** The one of this name that begins with the `kept` first arguments gets all of them; it is put there when there is none. */
    | {
        readonly do: 'set';
        readonly name: string;
        readonly args: readonly string[];
        readonly kept: number;
      }
    | { readonly do: 'add'; readonly directive: NginxDirective; readonly at: 'start' | 'end' }
    /** All of this name that begin with these arguments. */
    | { readonly do: 'remove'; readonly name: string; readonly args: readonly string[] };
};

/** The same in a Caddyfile. A block that is not there yet is opened behind the directive that it belongs to. */
export type CaddyEditResource = Omit<NginxEditResource, 'kind'> & { readonly kind: 'caddy-edit' };
/** A certificate that an authority gives to the ACME client of the host (certbot), which answers through files of the web server. */
export type CertificateResource = {
  readonly kind: 'certificate';
  /** What the client calls it: the first of its names. */
  readonly name: string;
  /** Host names, lower case, the first one as above. */
  readonly names: readonly string[];
  /** Folder whose .well-known/acme-challenge is answered from on port 80. */
  readonly webroot: string;
  /** Directory of the authority; empty for the client's own. */
  readonly server: string;
  /** Where the authority writes to; empty for nowhere. */
  readonly email: string;
  /** Addresses of what stands in front and passes port 80 on to this host. */
  readonly inFront: readonly string[];
  /** Why nobody would see from outside that it is shown; then it is not asked for. */
  readonly unseen?: string;
};

/** One change at a line of a cluster's main pg_hba.conf; every other byte stays. All of one file are made together. */
export type HbaRuleResource = {
  readonly kind: 'hba-rule';
  /** As the server's hba_file names it. */
  readonly file: string;
  /** As pg_hba_file_rules numbers it, from 1. */
  readonly line: number;
  readonly edit:
    | { readonly do: 'set'; readonly part: 'type'; readonly value: 'hostssl' }
    | { readonly do: 'set'; readonly part: 'method'; readonly value: string }
    /** "local all ROLE peer" before this line: the way of whoever administers the database. */
    | { readonly do: 'admin-first'; readonly role: string };
  /** Restart once it is loaded, and come back as that role. */
  readonly services: readonly { readonly unit: string; readonly role: string }[];
};

/** Something that a role or everybody may do, or a role of ours for one database. */
export type DatabaseRightResource = DatabaseRight & {
  readonly kind: 'database-right';
  readonly port: number;
  readonly database: string;
  readonly to: boolean;
  /** Restart after it, and come back as that role. */
  readonly services: readonly { readonly unit: string; readonly role: string }[];
};

/** What containers publish is reached by those who are named here, and by nobody else. */
export type ContainerPolicyResource = {
  readonly kind: 'container-policy';
  readonly allow: readonly Omit<Intent, 'purpose'>[];
};

/**
 * What the host engine can do and undo. Paths are absolute, literal, without "..". Content travels beside the plan and
 * is named by its sha256. The engine re-checks `base` before it touches anything.
 */
export type Primitive =
  | {
      readonly kind: 'put-file';
      readonly path: string;
      readonly sha256: string;
      readonly mode: string;
      readonly uid: number;
      readonly gid: number;
      /**
       * Folders that the engine creates when they are missing, outermost first, with this mode and owner (and removes again
       * on rollback when it created them). A missing folder that is not named here is created 0755 root.
       */
      readonly parents?: readonly {
        readonly path: string;
        readonly mode: string;
        readonly uid: number;
        readonly gid: number;
      }[];
    }
  | { readonly kind: 'remove-file'; readonly path: string }
  | FillFile
  | PostgresRole
  | PostgresRight
  /** Mode and owner of a file whose bytes stay on the host: nobody reads them, and no copy is kept. Base: kind "mode". */
  | {
      readonly kind: 'set-mode';
      readonly path: string;
      readonly mode: string;
      readonly uid: number;
      readonly gid: number;
    }
  /**
   * Lines of one account table, by the name they begin with. The host edits the file: what else is in it, and all of shadow, is read by
   * nobody. Refused (stale) when an edit does not fit any more. No base.
   */
  | {
      readonly kind: 'account-lines';
      readonly table: 'passwd' | 'shadow' | 'group' | 'gshadow';
      readonly edits: readonly AccountEdit[];
    }
  /** A person's folder, which is not there yet: the host's skeleton, and the keys (authorized_keys, from content). No base. */
  | {
      readonly kind: 'make-home';
      readonly path: string;
      readonly uid: number;
      readonly gid: number;
      readonly mode: string;
      readonly sha256: string | null;
    }
  /**
   * One named table of the kernel, loaded as a whole in one batch from content (`table FAMILY NAME { … }`, nothing beside it), or
   * removed (null). No other table is touched. Base: kind "nft-table" or "absent". The kernel forgets it at a boot: what loads
   * it then is files and units beside it.
   */
  | {
      readonly kind: 'nft-table';
      readonly family: 'inet' | 'ip' | 'ip6';
      /** Letters, digits and "_", at most 32. */
      readonly name: string;
      readonly sha256: string | null;
    }
  /**
   * Makes the kernel hold what ufw's files say, which are put like any other: "rules" where only the user's rules changed (one batch
   * a family), "whole" where ufw starts, or its defaults changed. The engine refuses (stale) when ufw is not as active as it was.
   */
  | { readonly kind: 'ufw'; readonly scope: 'rules' | 'whole'; readonly was: 'active' | 'inactive' }
  | { readonly kind: 'unit'; readonly name: string; readonly verb: UnitVerb }
  /** The ACME client of the host gets a certificate (CertificateResource). `known`: it has one of that name. No base; taken back by listings. */
  | ({ readonly kind: 'certbot-issue'; readonly known: boolean } & Omit<
      CertificateResource,
      'kind' | 'inFront' | 'unseen'
    >)
  /**
   * Install packages by name. `set` is everything that apt then installs; the engine refuses (stale) when it would be another,
   * and takes exactly this set away again. All of a plan are one operation.
   */
  | {
      readonly kind: 'packages';
      readonly install: readonly string[];
      /** Sorted by name. Architecture as apt says it ("all" where it does not matter). */
      readonly set: readonly PackageVersion[];
      /** Room that the set takes once installed. */
      readonly kibibytes: number;
    }
  /** Run one of the daemons' own checkers; failure stops the apply and rolls back. Closed list in the engine. */
  | { readonly kind: 'validate'; readonly checker: Checker };

/** `sshd -t`; `fail2ban-client -t`; `visudo -c`; `nginx -t`; `caddy validate`; pg_hba_file_rules of every server that runs. */
export type Checker = 'sshd' | 'fail2ban' | 'visudo' | 'nginx' | 'caddy' | 'postgresql';

export type PackageVersion = {
  readonly name: string;
  readonly architecture: string;
  readonly version: string;
};

export type UnitVerb =
  | 'reload'
  | 'restart'
  | 'start'
  | 'stop'
  | 'enable'
  | 'disable'
  | 'mask'
  | 'unmask'
  | 'daemon-reload';

/** sha256 names of the contents that a primitive carries. */
export function contentsOf(primitive: Primitive): readonly string[] {
  if (primitive.kind === 'put-file') return [primitive.sha256];
  if (primitive.kind === 'postgres-role') return primitive.sha256 === undefined ? [] : [primitive.sha256];
  const named = primitive.kind === 'nft-table' || primitive.kind === 'make-home';
  return named && primitive.sha256 !== null ? [primitive.sha256] : [];
}

/** What a path was when the plan was made; the engine refuses (stale) when it is something else now. */
export type BaseState =
  | { readonly kind: 'absent' }
  | {
      readonly kind: 'file';
      readonly sha256: string;
      readonly mode: string;
      readonly uid: number;
      readonly gid: number;
    }
  /** A file with secrets: a digest of its bytes with this operator's own key, so that nobody can try values against it. */
  | {
      readonly kind: 'keyed';
      readonly digest: string;
      readonly mode: string;
      readonly uid: number;
      readonly gid: number;
    }
  /** A file whose bytes nobody read. */
  | { readonly kind: 'mode'; readonly mode: string; readonly uid: number; readonly gid: number }
  /** sha256 of `nft -s list table` without what moves by itself: settledTable() of src/facts/nft-table.ts. */
  | { readonly kind: 'nft-table'; readonly sha256: string }
  | { readonly kind: 'unit'; readonly name: string; readonly enabled: string; readonly active: string };

/** none: nobody notices. service: something reloads. lockout: it could cut the operator off, so it is armed and proved. */
export type Risk = 'none' | 'service' | 'lockout';

/** How sure the preview is: carried out in a private namespace / checked by the daemon's own checker / computed by us. */
export type Confidence = 'rehearsed' | 'validated' | 'predicted';

export type EffectiveChange = { readonly name: string; readonly before: string; readonly after: string };

/** One resource (or one file that several resources share) with what happens to it. */
export type Change = {
  /** e.g. "file:/etc/ssh/sshd_config.d/00-portcullis.conf" or "unit:ssh.service". */
  readonly address: string;
  readonly action:
    | 'install'
    | 'create'
    | 'update'
    | 'remove'
    | 'reload'
    | 'restart'
    | 'start'
    | 'stop'
    | 'none';
  /** One line for lists. With action "none": the reason there is nothing to do. */
  readonly title: string;
  readonly step: string;
  /** Controls that asked for it. */
  readonly controls: readonly string[];
  readonly why: string;
  readonly risk: Risk;
  /** packages: what is installed, in one transaction of their own before everything else. contract: after all that any step adds. */
  readonly phase: 'packages' | 'expand' | 'contract';
  readonly confidence: Confidence;
  /** Text before and after, for the diff; null when absent. Undefined where there is no text (units). */
  readonly before?: string | null;
  readonly after?: string | null;
  readonly effective: readonly EffectiveChange[];
  readonly base?: BaseState;
  readonly primitives: readonly Primitive[];
};
