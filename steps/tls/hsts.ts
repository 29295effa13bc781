import type { NginxHeader } from '../../src/facts/nginx-values.ts';
import type { Context } from '../../src/model/context.ts';
import { tlsSites } from './state.ts';

export type Hsts = { readonly seconds: number; readonly subDomains: boolean; readonly preload: boolean };

export const HSTS = 'Strict-Transport-Security';

/** What a header says; undefined when there is none, or browsers take none from it. */
export function hstsIn(headers: readonly NginxHeader[]): Hsts | undefined {
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

/** What most TLS sites send now; undefined where none sends any. */
export function mostCommonHsts(context: Context): Hsts | undefined {
  const counts = new Map<string, { readonly hsts: Hsts; count: number }>();
  for (const site of tlsSites(context)) {
    const hsts = hstsIn(site.scopes[0]?.headers ?? []);
    if (hsts === undefined) continue;
    const entry = counts.get(hstsValue(hsts)) ?? { hsts, count: 0 };
    entry.count += 1;
    counts.set(hstsValue(hsts), entry);
  }
  return [...counts.values()].sort((a, b) => b.count - a.count)[0]?.hsts;
}
