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
  };
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
