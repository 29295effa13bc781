// Machines to offer before one is named: where the operator was lately, then the hosts of his ssh_config. Rules: a name is only
// ever offered, never dialled by itself; the file is a convenience, so what is wrong with it costs the list and nothing else.
import { join } from 'node:path';
import type { KnownTarget } from '../model/target.ts';
import { configHosts } from '../transport/config-hosts.ts';
import { privateFolder, readIfThere, writePrivate } from './folders.ts';

const MOST = 20;
const FILE = 'recent-targets.json';

type Visit = { readonly target: string; readonly at: number };

/** Recent ones first. `now` is Unix seconds. */
export async function knownTargets(it: {
  readonly stateDir: string;
  readonly home: string;
  readonly now: number;
}): Promise<readonly KnownTarget[]> {
  const recent = (await visits(it.stateDir)).map(({ target, at }) => ({
    target,
    about: visited(it.now - at),
  }));
  const seen = new Set(recent.map(({ target }) => target));
  const configured = (await configHosts(it.home)).filter((target) => !seen.has(target));
  return [...recent, ...configured.map((target) => ({ target, about: 'in your ssh_config' }))];
}

/** Notes that `target` was reached at `at` (Unix seconds). Rejects with UserError where nothing can be kept. */
export async function rememberTarget(stateDir: string, target: string, at: number): Promise<void> {
  const others = (await visits(stateDir)).filter((visit) => visit.target !== target);
  const all: readonly Visit[] = [{ target, at }, ...others].slice(0, MOST);
  await writePrivate(join(await privateFolder(stateDir, 'recent'), FILE), `${JSON.stringify(all)}\n`);
}

async function visits(stateDir: string): Promise<readonly Visit[]> {
  const text = await readIfThere(join(stateDir, 'recent', FILE)).catch(() => undefined);
  try {
    const all: unknown = JSON.parse(text ?? '[]');
    return Array.isArray(all) ? all.filter(isVisit).slice(0, MOST) : [];
  } catch {
    return [];
  }
}

function isVisit(value: unknown): value is Visit {
  const { target, at } = Object(value) as Record<string, unknown>;
  // One word of the length a name can have, which no option looks like.
  return typeof target === 'string' && /^[^\s-]\S{0,299}$/.test(target) && Number.isFinite(at);
}

function visited(seconds: number): string {
  const days = Math.floor(seconds / 86_400);
  if (days > 1) return `here ${days} days ago`;
  if (days === 1) return 'here yesterday';
  const hours = Math.floor(seconds / 3600);
  return hours < 1 ? 'here within the hour' : `here ${hours} ${hours === 1 ? 'hour' : 'hours'} ago`;
}
