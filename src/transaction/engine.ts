// The host engine is one text: these files in this order. Its sha256 is its name on the host.
import { createHash } from 'node:crypto';
import caddyTest from '../text/caddy-test.sh?raw';
import head from './engine/00-head.sh?raw';
import base from './engine/10-base.sh?raw';
import lock from './engine/20-lock.sh?raw';
import journal from './engine/30-journal.sh?raw';
import objects from './engine/40-objects.sh?raw';
import snapshot from './engine/50-snapshot.sh?raw';
import arm from './engine/60-arm.sh?raw';
import apply from './engine/70-apply.sh?raw';
import rollback from './engine/80-rollback.sh?raw';
import commit from './engine/85-commit.sh?raw';
import start from './engine/90-start.sh?raw';
import undo from './engine/95-undo.sh?raw';
import main from './engine/99-main.sh?raw';
import bootstrap from './engine/bootstrap.sh?raw';
import call from './engine/call.sh?raw';
import account from './engine/ops/account.sh?raw';
import certbot from './engine/ops/certbot.sh?raw';
import file from './engine/ops/file.sh?raw';
import home from './engine/ops/home.sh?raw';
import nftTable from './engine/ops/nft-table.sh?raw';
import packageTraces from './engine/ops/package-traces.sh?raw';
import packages from './engine/ops/packages.sh?raw';
import postgresRight from './engine/ops/postgres-right.sh?raw';
import postgresRole from './engine/ops/postgres-role.sh?raw';
import setMode from './engine/ops/set-mode.sh?raw';
import ufw from './engine/ops/ufw.sh?raw';
import unit from './engine/ops/unit.sh?raw';
import validate from './engine/ops/validate.sh?raw';

/** A host engine: its text and the lower-case hex sha256 that names it. */
export type Engine = { readonly text: string; readonly sha256: string };

/** Any text as an engine; tests of the tests make broken ones. */
export function engineOf(text: string): Engine {
  return { text, sha256: createHash('sha256').update(text).digest('hex') };
}

/** A new primitive is a file of its own under engine/ops and a word here. */
const PRIMITIVES = [
  file,
  setMode,
  account,
  home,
  nftTable,
  ufw,
  postgresRole,
  certbot,
  postgresRight,
  unit,
  caddyTest,
  validate,
  packageTraces,
  packages,
];

/** The engine of this version. */
export function hostEngine(): Engine {
  const before = [head, base, lock, journal, objects, snapshot];
  const after = [arm, apply, rollback, commit, start, undo, main];
  return engineOf([...before, ...PRIMITIVES, ...after].join('\n'));
}

/** What carries operations out, without what locks, arms and decides: for a rehearsal. Defines functions only. */
export function engineFunctions(): string {
  return [base, journal, objects, snapshot, ...PRIMITIVES, apply, start].join('\n');
}

/** What reads transactions and looks at their objects, and changes nothing. Defines functions only. */
export function engineReading(): string {
  return [base, journal, objects].join('\n');
}

/** Receives the engine and a request in one stream and starts the engine. */
export const bootstrapScript = bootstrap;
/** Calls the engine that is on the host, after checking its hash. */
export const callScript = call;
