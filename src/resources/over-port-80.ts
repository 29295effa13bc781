// Certificates that an authority gives after it was answered on port 80 (HTTP-01), and whether it gets in there. Rules: an authority comes from
// addresses that nobody knows beforehand, so nothing less than everyone is enough; a family that this host has no address of is not asked for.
import type { Context } from '../model/context.ts';
import { knownValue } from '../model/outcome.ts';
import type { Intent } from '../model/resource.ts';
import type { Family } from '../model/target.ts';
import { realityOf } from './reality.ts';

const MOST_NAMED = 5;

/** Ways of certbot to prove itself by an answer on port 80. */
const OVER_HTTP = ['webroot', 'nginx', 'apache', 'standalone'];

/** Question of the step tls: names of sites that get a certificate by ACME. */
const ACME_SITES = 'tls.acme';

/** Certificates that are renewed over port 80, and sites that are to get one so. */
export function fetchedOverPort80(context: Context): readonly string[] {
  const { answers, profile, readings } = context;
  const kept = (knownValue(readings.certbot)?.lineages ?? []).filter(({ authenticator }) =>
    OVER_HTTP.includes(authenticator),
  );
  const asked = answers.get(ACME_SITES) ?? profile.answers.get(ACME_SITES) ?? [];
  const wanted = Array.isArray(asked) ? asked.map(String) : [];
  return [...new Set([...kept.map(({ name }) => name), ...wanted])];
}

/** The first few of many names, in words. */
export function someOf(names: readonly string[]): string {
  const more = names.length - MOST_NAMED;
  return `${names.slice(0, MOST_NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** Families by which others may reach this host; both where its addresses could not be told. */
function familiesOf({ readings }: Context): readonly Family[] {
  const addresses = knownValue(readings.network)?.addresses ?? [];
  const far = addresses.filter((address) => !/^(169\.254\.|fe[89ab])/i.test(address));
  const found = (['ipv4', 'ipv6'] as const).filter((family) =>
    far.some((address) => address.includes(':') === (family === 'ipv6')),
  );
  return found.length > 0 ? found : ['ipv4', 'ipv6'];
}

const WORDS: Readonly<Record<Family, string>> = { ipv4: 'IPv4', ipv6: 'IPv6' };

/** Families in which a policy lets not everyone in at port 80. */
export function shutByPolicy(intents: readonly Intent[], context: Context): readonly string[] {
  return familiesOf(context)
    .filter(
      (family) =>
        !intents.some(
          (one) =>
            one.protocol === 'tcp' &&
            one.port <= 80 &&
            (one.to ?? one.port) >= 80 &&
            one.from === 'everyone' &&
            (one.family ?? family) === family,
        ),
    )
    .map((family) => WORDS[family]);
}

export type Port80 = { readonly shut: readonly string[]; readonly untold: readonly string[] };

/** What the rules in force do to a stranger who comes to port 80, in words, for each family where they do not let him in. */
export function port80Now(context: Context): Port80 {
  const asked: Intent = { port: 80, protocol: 'tcp', from: 'everyone', purpose: '' };
  const families = familiesOf(context);
  const rows = realityOf(context, [asked]).filter(
    ({ port, protocol, family }) => port === 80 && protocol === 'tcp' && families.includes(family),
  );
  const said = (verdict: string) =>
    rows
      .filter(({ stranger }) => stranger.verdict === verdict)
      .map(({ family, stranger }) => `${WORDS[family]}: ${stranger.why}`);
  return { shut: said('closed'), untold: said('unknown') };
}
