// The shapes of what the certbot fact says. Names come from the host and are hostile: sanitize before showing.
import type { Looked } from './values.ts';

export type CertbotFact = {
  /** False: it is not there; told where nginx is, which it could serve. */
  readonly installed: boolean;
  /** What renews: the timer of the package, or that of the snap. */
  readonly timer: { readonly enabled: string; readonly active: string };
  readonly snapTimer: { readonly enabled: string; readonly active: string };
  /** Certificates that it renews. */
  readonly lineages: readonly Lineage[];
  /** Programs that are run after every renewal. */
  readonly hooks: readonly string[];
  readonly looked: Looked;
};

export type Lineage = {
  /** The name of its folder below /etc/letsencrypt/live. */
  readonly name: string;
  /** How it proves itself: "webroot", "nginx", "standalone", "manual", "dns-…". */
  readonly authenticator: string;
  /** Who is told of the new certificate: "nginx"; empty for nobody. */
  readonly installer: string;
  /** Directory of its authority; absent or empty for certbot's own. */
  readonly server?: string;
  /** A program of its own that is run after its renewal; empty for none. */
  readonly hook: string;
};
