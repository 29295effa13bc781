// The shapes of what the caddy fact says. Names and texts come from the host and are hostile: sanitize before showing.

import type { CertificateFile, KeyFile } from './certificate.ts';
import type { NginxBlock, NginxListen } from './nginx-values.ts';
import type { Looked } from './values.ts';

export type CaddyFact = {
  /** "2.6.2". */
  readonly version: string;
  readonly unit: { readonly enabled: string; readonly active: string };
  /** Who it runs as; its groups by number. */
  readonly user: { readonly name: string; readonly uid: number; readonly groups: readonly number[] };
  /** The Caddyfile that its unit names. */
  readonly main: string;
  /** As its files say. */
  readonly admin: CaddyAdmin;
  /** As the configuration that it took last says; absent where it does not run, or keeps no note of that. */
  readonly adminNow?: CaddyAdmin;
  readonly sites: readonly CaddySite[];
  /** Why no plain request is sent to https and no certificate fetched, where the configuration says so. */
  readonly automatic: { readonly certificates: boolean; readonly redirects: boolean };
  /** Places that tell of a balancer or proxy in front that may end TLS. */
  readonly behind: readonly string[];
  /** What could not be read for certain; then what the sites say is not the whole. */
  readonly problems: readonly string[];
  /** Files that changed after it took its configuration: it does not serve what they say. */
  readonly unserved: readonly string[];
  /** None did, and all the same what is in force is another configuration: somebody gave it by hand. */
  readonly foreign: boolean;
  /** When it last took a configuration (Unix seconds); undefined when it keeps no note of that. */
  readonly loaded?: number;
  /** Those that the configuration names, those that Caddy fetched, and those that lie where such files lie. */
  readonly certificates: readonly CertificateFile[];
  readonly keys: readonly KeyFile[];
  readonly looked: Looked;
};

/** Where it takes orders. Whoever reaches it can have any file of the host served. */
export type CaddyAdmin = {
  readonly off: boolean;
  /** As it was written: "localhost:2019", ":2019", "unix//run/caddy.sock". */
  readonly listen: string;
};

/** A field of answers, as the site leaves it once its directives were carried out in Caddy's own order. */
export type CaddyHeader = {
  readonly name: string;
  readonly value: string;
  /** Set when the answer goes out: answers of Caddy itself to errors do not have it. */
  readonly late: boolean;
};

/** A directive as its file says it. */
export type CaddyDirective = {
  readonly name: string;
  readonly args: readonly string[];
  readonly block: boolean;
  readonly children: readonly CaddyDirective[];
};

/** A site as one server of Caddy has it: a block of a Caddyfile whose addresses have two ports is two of them. */
export type CaddySite = {
  readonly names: readonly string[];
  readonly listens: readonly NginxListen[];
  /** The block that it comes from; absent where several or none fit. */
  readonly place?: NginxBlock & { readonly line: number; readonly own: readonly CaddyDirective[] };
  /** "TLSv1.2", "TLSv1.3". */
  readonly protocols: readonly string[];
  /** As Caddy names them; none = its own good choice. */
  readonly ciphers: readonly string[];
  /** files: those of `certificates`. acme: fetched and renewed by Caddy. internal: of its own authority. */
  readonly issuer: 'files' | 'acme' | 'internal' | 'none';
  readonly certificates: readonly { readonly certificate: string; readonly key: string }[];
  /** https: plain requests are sent to https. refused: it answers nothing but errors. */
  readonly plain: 'https' | 'refused' | 'served';
  /** The redirect is Caddy's own doing. */
  readonly redirected: boolean;
  /** Of every answer. */
  readonly headers: readonly CaddyHeader[];
  /** Fields that some requests get otherwise, or not at all, and fields that a proxy adds. */
  readonly partly: readonly CaddyHeader[];
};
