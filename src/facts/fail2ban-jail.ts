import type { JailFact } from './network-values.ts';
import { Unreadable } from './sections.ts';

/** One line of fail2ban-ask.py. Unreadable when it is not what that writes. */
export function jailOf(line: string): JailFact {
  const told = objectOf(line);
  const actions = objectOf(JSON.stringify(told.actions ?? {}));
  return {
    name: String(told.name),
    ignored: Array.isArray(told.ignoreip) ? told.ignoreip.map(String) : null,
    maxRetry: numberOf(told.maxretry),
    findTime: numberOf(told.findtime),
    banTime: numberOf(told.bantime),
    increment: told['bantime.increment'] === true,
    useDns: String(told.usedns),
    logPaths: listOf(told.logpath),
    journal: listOf(told.journalmatch).length > 0,
    actions: Object.fromEntries(
      Object.entries(actions).map(([name, it]) => [name, String(objectOf(JSON.stringify(it)).port ?? '')]),
    ),
    banned: listOf(told.banned),
    ...(Array.isArray(told.banip) ? { bans: listOf(told.banip).flatMap(banOf) } : {}),
  };
}

/** "192.0.2.7 \t2026-11-22 09:30:00 + 600 = 2026-11-22 09:40:00". */
function banOf(line: string): NonNullable<JailFact['bans']> {
  const [, address, since, until] =
    /^(\S+)\s+(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) \+ -?\d+ = (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)$/.exec(
      line.trim(),
    ) ?? [];
  return address === undefined || since === undefined || until === undefined
    ? []
    : [{ address, since, until }];
}

function objectOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Readonly<Record<string, unknown>>;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new Unreadable('what the fail2ban server says cannot be read');
}

function listOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function numberOf(value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new Unreadable('a jail tells no number');
  return value;
}
