// The shapes of what the nginx fact says. Names and texts come from the host and are hostile: sanitize before showing.
import type { NginxPlace } from '../model/resource.ts';
import type { CertificateFile, KeyFile } from './certificate.ts';
import type { Looked } from './values.ts';

export type NginxFact = {
  /** "1.26.3". */
  readonly version: string;
  /** OpenSSL that it runs with, "3.5.1"; empty when it does not tell. */
  readonly openssl: string;
  readonly unit: { readonly enabled: string; readonly active: string };
  /** Its main file. */
  readonly main: string;
  /** The block "http" of the main file; absent when there is none. */
  readonly http?: NginxBlock;
  /** Drop-ins of /etc/nginx/conf.d are read inside of "http". */
  readonly dropIns: boolean;
  readonly sites: readonly NginxSite[];
  /** Directives that tell of a balancer or proxy in front that may end TLS, with their places. */
  readonly behind: readonly string[];
  /** What could not be read for certain, with its place; then what the sites say is not the whole. */
  readonly problems: readonly string[];
  /** Files that changed after the oldest process that takes connections was started: it does not serve what they say. */
  readonly unserved: readonly string[];
  /** Those that the configuration names by plain paths, and those that lie where such files lie. */
  readonly certificates: readonly CertificateFile[];
  readonly keys: readonly KeyFile[];
  readonly looked: Looked;
};

/** A block, by the file it stands in (where its name leads) and its place there. */
export type NginxBlock = { readonly file: string; readonly at: NginxPlace };

/** A directive that is in force for a site, where it stands, and on which level. */
export type NginxSetting = {
  readonly args: readonly string[];
  readonly level: 'http' | 'server';
  readonly block: NginxBlock;
};

export type NginxListen = {
  /** "*" for every address of the family; a unix socket is left out. */
  readonly address: string;
  readonly family: 'ipv4' | 'ipv6';
  readonly port: number;
  readonly tls: boolean;
  readonly isDefault: boolean;
};

export type NginxHeader = {
  readonly name: string;
  readonly value: string;
  readonly always: boolean;
  /** What it stands in: a file of its own where an include brought it. */
  readonly block: NginxBlock;
};

/** What add_header gives to answers of one block. A block with its own gets none of those above it. */
export type NginxHeaderScope = {
  /** "server", "location /api/". */
  readonly title: string;
  /** A path that is answered from here; absent where only a pattern tells. */
  readonly path?: string;
  readonly block: NginxBlock;
  readonly own: readonly NginxHeader[];
  /** Those in force; its own, or those of the next block above that has any. */
  readonly headers: readonly NginxHeader[];
};

/** How a request for an ACME challenge is answered: from files below a folder, or why not (sentTo: it is sent on). */
export type NginxChallenge =
  | { readonly root: string }
  /** stuck: a location of ours would not help, because the server itself decides before, or one for this very path is there. */
  | { readonly why: string; readonly stuck?: 'early' | 'taken'; readonly sentTo?: 'https' };

/** One server block. */
export type NginxSite = NginxBlock & {
  readonly line: number;
  readonly names: readonly string[];
  readonly listens: readonly NginxListen[];
  /** By directive: what is in force; without an entry nginx's own default is. */
  readonly settings: Readonly<Record<string, NginxSetting>>;
  readonly certificates: readonly { readonly certificate: string; readonly key: string }[];
  /** https: plain requests are sent to https. refused: it answers nothing but errors. */
  readonly plain: 'https' | 'refused' | 'served';
  readonly challenge: NginxChallenge;
  /** The server itself, then every block in it that has headers of its own. */
  readonly scopes: readonly NginxHeaderScope[];
};
