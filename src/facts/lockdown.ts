import type { LockdownRecord } from '../model/lockdown.ts';
import { known, type Reading } from '../model/outcome.ts';
import { sanitizeLine } from '../text/sanitize.ts';
import type { Fact } from './fact.ts';
import body from './lockdown.sh?raw';
import type { LockdownFact } from './lockdown-record.ts';
import preamble from './sections.sh?raw';
import { reader, type Sections, Unreadable, whole } from './sections.ts';

/** Whether the host is locked down, since when and for whom it is open. */
export const lockdown: Fact<LockdownFact> = {
  name: 'lockdown',
  title: 'Lockdown',
  stability: 'volatile',
  script: preamble + body,
  deadline: 10,
  outputLimit: 65_536,
  parse: reader(read),
};

function read(sections: Sections): Reading<LockdownFact> {
  const clock = whole(sections.body('clock'));
  if (sections.find('strange')) throw new Unreadable('/etc/portcullis/lockdown.json is not private to root');
  const text = sections.find('record')?.body;
  return known({
    clock,
    nft: sections.find('nft') !== undefined,
    loaded: sections.find('loaded') !== undefined,
    record: text === undefined ? null : recordIn(Buffer.from(text, 'base64').toString('utf8')),
  });
}

/** The record as it was written by src/session/lockdown-plan.ts. Unreadable when it is not whole. */
function recordIn(text: string): LockdownRecord {
  const it = parsed(text);
  const word = (value: unknown): string => (typeof value === 'string' ? sanitizeLine(value, 200) : '');
  const time = (value: unknown): number => (Number.isSafeInteger(value) ? Number(value) : 0);
  const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value.slice(0, 200) : []);
  const transaction = word(it.transaction);
  if (!/^[a-z0-9-]{1,39}$/.test(transaction)) throw new Unreadable('the record of the lockdown is not whole');
  return {
    transaction,
    level: word(it.level),
    reason: word(it.reason),
    operator: word(it.operator),
    since: time(it.since),
    until: it.until === null ? null : time(it.until),
    allow: list(it.allow).map(word),
    ports: list(it.ports).map(time),
  };
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    const it: unknown = JSON.parse(text);
    if (typeof it === 'object' && it !== null) return it as Readonly<Record<string, unknown>>;
  } catch {
    // Told below, as anything else that is not a record.
  }
  throw new Unreadable('the record of the lockdown is not JSON');
}
