// What versions of nginx and of its OpenSSL can, and do when nobody tells them.
import type { NginxSite } from '../../src/facts/nginx-values.ts';
import type { Context } from '../../src/model/context.ts';
import { nginxOf } from './state.ts';

/** "1.26.3" against "1.13": negative when older; an empty one is older than any. */
function compareVersions(one: string, other: string): number {
  const [a, b] = [one, other].map((text) => text.split('.').map(Number));
  for (let at = 0; at < 3; at += 1) {
    const difference = (a?.[at] ?? 0) - (b?.[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

export function supportsTls13(context: Context): boolean {
  const fact = nginxOf(context);
  return (
    fact !== undefined &&
    compareVersions(fact.version, '1.13.0') >= 0 &&
    compareVersions(fact.openssl, '1.1.1') >= 0
  );
}

export function protocolsOf({ settings }: NginxSite, context: Context): readonly string[] {
  const version = nginxOf(context)?.version ?? '';
  const said = settings.ssl_protocols?.args;
  if (said !== undefined) return said;
  if (compareVersions(version, '1.27.3') >= 0) return ['TLSv1.2', 'TLSv1.3'];
  return compareVersions(version, '1.23.4') >= 0
    ? ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3']
    : ['TLSv1', 'TLSv1.1', 'TLSv1.2'];
}
