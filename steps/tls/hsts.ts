/** A field of an answer. */
export type Field = { readonly name: string; readonly value: string };

export type Hsts = { readonly seconds: number; readonly subDomains: boolean; readonly preload: boolean };

export const HSTS = 'Strict-Transport-Security';

/** What a header says; undefined when there is none, or browsers take none from it. */
export function hstsIn(headers: readonly Field[]): Hsts | undefined {
  const found = headers.find(({ name }) => name.toLowerCase() === HSTS.toLowerCase());
  const parts = (found?.value ?? '').split(';').map((part) => part.trim().toLowerCase());
  const age = parts.map((part) => /^max-age\s*=\s*"?(\d{1,12})"?$/.exec(part)?.[1]).find(Boolean);
  if (age === undefined) return undefined;
  return {
    seconds: Number(age),
    subDomains: parts.includes('includesubdomains'),
    preload: parts.includes('preload'),
  };
}

export function hstsValue({ seconds, subDomains, preload }: Hsts): string {
  return [
    `max-age=${seconds}`,
    ...(subDomains ? ['includeSubDomains'] : []),
    ...(preload ? ['preload'] : []),
  ].join('; ');
}

/** The stricter of each: what a site promised is not taken back by a smaller wish. */
export function strictest(wanted: Hsts, ...now: readonly (Hsts | undefined)[]): Hsts {
  const all = [wanted, ...now.filter((one) => one !== undefined)];
  return {
    seconds: Math.max(...all.map(({ seconds }) => seconds)),
    subDomains: all.some(({ subDomains }) => subDomains),
    preload: all.some(({ preload }) => preload),
  };
}
