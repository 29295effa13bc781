import type { Command } from '../text/command.ts';
import type { Outcome } from './outcome.ts';

/** One machine as the operator named it. Not for use in shell text. */
export type Target = {
  /** What was typed, for titles and the ledger. */
  readonly name: string;
  readonly kind: 'ssh' | 'local';
  /** Host name, address or ssh_config alias. */
  readonly host: string;
  readonly user?: string;
  readonly port?: number;
};

/** A machine that may be meant, before one was named. */
export type KnownTarget = {
  /** As it would be typed. */
  readonly target: string;
  /** Where it is known from, in a few words. */
  readonly about: string;
};

/** An IP family, as people write it. */
export type Family = 'ipv4' | 'ipv6';

/** How we are connected, as both ends see it. Everything here is observed, nothing assumed. */
export type Connection = {
  readonly transport: 'openssh' | 'ssh2' | 'local';
  readonly user: string;
  /** Address and port we dialled, after resolving. Empty for local. */
  readonly address: string;
  readonly port: number;
  /** OpenSSH SHA256 fingerprint of the pinned host key, e.g. "SHA256:…"; empty for local. */
  readonly hostKey: string;
  readonly hostKeyType: string;
  /** Authentication method and, with a key, its fingerprint and comment/path as the client names them. */
  readonly method: string;
  readonly keyFingerprint?: string;
  readonly keyName?: string;
  /** The public key that logged us in, authorized_keys form, when the client can tell. */
  readonly publicKey?: string;
  /** How root was reached. */
  readonly root: 'root' | 'sudo' | 'sudo-password' | 'none';
  /** Negotiated algorithms of this connection. */
  readonly kex: string;
  readonly cipher: string;
  readonly mac: string;
  /** What the operator's own client can speak (`ssh -Q`), for the guard on algorithms. */
  readonly client: ClientAlgorithms;
  /** True when a jump host or proxy command is in the way: the source address the host sees is then not ours. */
  readonly viaProxy: boolean;
};

export type ClientAlgorithms = {
  /** e.g. "OpenSSH_9.2p1 Debian-2+deb12u7". */
  readonly version: string;
  readonly kex: readonly string[];
  readonly ciphers: readonly string[];
  readonly macs: readonly string[];
  readonly hostKeys: readonly string[];
  readonly publicKeys: readonly string[];
};

/** Overrides for a second, independent login. Everything not given is as in the first login. */
export type FreshOptions = {
  readonly port?: number;
  /** Dial this address (host key stays the pinned one). */
  readonly address?: string;
  readonly family?: Family;
  /** Nothing but keys is tried: passwords that would also open prove nothing about a key. */
  readonly only?: 'publickey';
  /** Log in as somebody else, with the same identity unless `identity` is given. */
  readonly user?: string;
  readonly identity?: string;
  /** Way to root on this login: the same as the first by default; "none" for a plain login. */
  readonly root?: 'same' | 'none';
  /** Milliseconds until the login counts as refused. Default 15000. */
  readonly deadline?: number;
};

/** Where an unauthenticated visit goes. */
export type ProbeOptions = {
  readonly port: number;
  readonly address?: string;
  readonly family?: Family;
  readonly user?: string;
  /** Seconds until silence is an answer. Default 10. */
  readonly patience?: number;
};

/** What an unauthenticated visit to an sshd shows. Costs the operator no authentication attempt beyond `none`. */
export type DoorProbe =
  | {
      readonly kind: 'open';
      readonly hostKey: string;
      /** Methods sshd says can continue for that user, e.g. ["publickey"]. */
      readonly methods: readonly string[];
    }
  | {
      readonly kind: 'closed';
      readonly reason: 'refused' | 'timeout' | 'unreachable' | 'other-host-key' | 'not-ssh';
      readonly detail: string;
    };

/**
 * How to reach a target. `run` is one framed exchange on one long-lived root shell (one round trip); commands are run
 * one after the other. Nothing that changes the host may depend on this channel staying up.
 */
export type Transport = {
  readonly connection: Connection;
  /** Run as root (or as the login user when root is "none"). Never rejects for what the host does: see Outcome. */
  run(it: Command): Promise<Outcome>;
  /** A new TCP connection, key exchange and login (never multiplexed). Rejects with TargetError (exit 6) when refused. */
  fresh(options?: FreshOptions): Promise<Transport>;
  /** Ask an sshd for its method list, with no credential offered. */
  probe(options: ProbeOptions): Promise<DoorProbe>;
  /** Exchanges and connections so far, for budgets. */
  readonly counts: () => {
    readonly exchanges: number;
    readonly connections: number;
    readonly logins: number;
  };
  /** True once the connection is known to be gone. */
  readonly lost: () => boolean;
  close(): Promise<void>;
};

/** What the transport must ask a person, one at a time. Answer undefined = the person declined. */
export type TransportQuestion =
  | { readonly kind: 'host-key'; readonly host: string; readonly type: string; readonly fingerprint: string }
  | { readonly kind: 'sudo-password'; readonly user: string; readonly host: string }
  | { readonly kind: 'passphrase'; readonly prompt: string }
  | { readonly kind: 'password'; readonly prompt: string }
  /** One-time codes and anything else keyboard-interactive asks; `echo` tells whether typing may be shown. */
  | { readonly kind: 'prompt'; readonly prompt: string; readonly echo: boolean }
  /** A secret that is only now chosen, typed twice. Nothing typed is `accept` and means what `empty` says. */
  | {
      readonly kind: 'new-secret';
      readonly of: 'password' | 'passphrase';
      readonly prompt: string;
      readonly again: boolean;
      readonly empty: string;
    }
  /** Yes is `accept`. */
  | { readonly kind: 'confirm'; readonly prompt: string }
  /** Nothing to type: touch the security key. */
  | { readonly kind: 'touch'; readonly prompt: string };
