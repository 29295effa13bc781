// Rules: a request is lines of data, one thing a line, every free value in base64; the engine refuses anything else.
// Packages first, then account tables and homes, then certificates that are asked for, then files, then the daemons' checkers, then nft tables, ufw and database roles, then units, each verb once: one reload per service
// and transaction.

import type { AccountEdit } from '../model/account.ts';
import type { AnswerValue } from '../model/control.ts';
import { type BaseState, type Change, contentsOf, type Primitive } from '../model/resource.ts';

export type StartRequest = {
  /** From newTransaction(). */
  readonly id: string;
  /** sha256 (hex) of the commit token; the host never sees the token before the commit. */
  readonly tokenHash: string;
  /** 32 hex digits: what makes the answer of `prove` ours. */
  readonly nonce: string;
  readonly run: string;
  readonly step: string;
  /** "user@workstation". */
  readonly operator: string;
  readonly planDigest: string;
  readonly changes: readonly Change[];
  /** Base64 by sha256, as in a Plan. */
  readonly contents: Readonly<Record<string, string>>;
  /** Seconds, 2–900. */
  readonly lease: number;
  /** Longest time of the whole transaction in seconds, whatever is renewed. Default 900. */
  readonly maximum?: number;
  /** Operator's address and server port as the host sees them (SSH_CONNECTION). */
  readonly client?: { readonly address: string; readonly port: number };
  /** Seconds that another program may hold the dpkg lock before installing gives up. Default 300. */
  readonly lockPatience?: number;
  /** Seconds that the start may wait for the worker before it answers. Default 5. */
  readonly wait?: number;
  /**
   * The nft tables come first, and the answer comes once the first operation is done. That the host's timer fires, and that
   * its boot unit is in order, is proved after that, before the change counts as applied.
   */
  readonly urgent?: boolean;
  /**
   * sha256 names of the contents that carry secrets. Where it is given, the host keeps a copy of every other file that it writes, so that it
   * can be compared later with what became of it.
   */
  readonly secrets?: ReadonlySet<string>;
  /** What the operator decided for this step; kept with the transaction, for the next look at the host. No secrets. */
  readonly answers?: Readonly<Record<string, AnswerValue>>;
};

export type UndoRequest = Omit<StartRequest, 'changes' | 'contents'> & { readonly undoes: string };

const LONGEST_ANSWERS = 16_384;

const encode = (text: string): string => Buffer.from(text, 'utf8').toString('base64');

/** The request as the engine reads it. Throws RangeError for a change without base or content: that is our bug. */
export function renderRequest(request: StartRequest): string {
  const operations = orderOperations(request.changes, request.urgent === true);
  const wanted = new Set(operations.flatMap(({ primitive }) => contentsOf(primitive)));
  const contents = [...wanted].map((sha256) => {
    const content = request.contents[sha256];
    if (content === undefined) throw new RangeError(`no content for ${sha256}`);
    return `content ${sha256} ${content}`;
  });
  return lines([
    ...head(request),
    ...keptCopies(request.secrets, operations),
    ...operations.map((one) => renderOperation(one, request.lockPatience ?? 300)),
    ...contents,
    'content end',
  ]);
}

function keptCopies(secrets: StartRequest['secrets'], operations: readonly Operation[]): readonly string[] {
  if (secrets === undefined) return [];
  const files = operations.flatMap(({ primitive }) =>
    primitive.kind === 'put-file' && !secrets.has(primitive.sha256) ? [primitive.sha256] : [],
  );
  return [...new Set(files)].map((sha256) => `wrote ${sha256}`);
}

/** The request of an undo: the engine finds the operations in the checkpoint itself. */
export function renderUndoRequest(request: UndoRequest): string {
  return lines([...head(request), `undoes ${request.undoes}`, 'content end']);
}

const lines = (all: readonly string[]): string => `${all.join('\n')}\n`;

function head(request: Omit<StartRequest, 'changes' | 'contents'>): string[] {
  // For the record on the host only; an IPv6 zone means nothing there.
  const address = (request.client?.address ?? '').replace(/%.*$/, '');
  return [
    'portcullis-request 1',
    `tx ${request.id}`,
    `run ${encode(request.run)}`,
    `step ${encode(request.step)}`,
    `operator ${encode(request.operator)}`,
    `plan ${request.planDigest}`,
    `lease ${request.lease}`,
    `max ${request.maximum ?? 900}`,
    `token ${request.tokenHash}`,
    `nonce ${request.nonce}`,
    `wait ${request.wait ?? 5}`,
    ...(request.urgent === true ? ['urgent yes'] : []),
    ...answersLine(request.answers),
    ...(!/^[0-9a-fA-F:.]+$/.test(address) ? [] : [`client ${address}`, `port ${request.client?.port ?? 22}`]),
  ];
}

/** Left out where it is longer than a record of a transaction should be. */
function answersLine(answers: StartRequest['answers'] = {}): readonly string[] {
  const text = JSON.stringify(answers);
  return text === '{}' || text.length > LONGEST_ANSWERS ? [] : [`answers ${encode(text)}`];
}

type Operation = { readonly primitive: Primitive; readonly base: BaseState | undefined };

/**
 * Operations in the order they are carried out: packages as one, account tables, homes, certificates, files in the plan's order, checkers, daemon-reload, nft
 * tables (where it is urgent, these before the files), other units.
 */
export function orderOperations(changes: readonly Change[], urgent = false): Operation[] {
  const all = changes.flatMap((change) =>
    change.primitives.map((primitive): Operation => ({ primitive, base: change.base })),
  );
  const rank = ({ primitive }: Operation): number => {
    if (primitive.kind === 'packages') return -1;
    if (primitive.kind === 'account-lines') return -0.4;
    if (primitive.kind === 'make-home') return -0.3;
    if (primitive.kind === 'certbot-issue') return -0.2;
    if (primitive.kind === 'validate') return 1;
    if (primitive.kind === 'nft-table') return urgent ? -0.5 : 3;
    if (['ufw', 'postgres-role', 'postgres-right'].includes(primitive.kind)) return 3;
    if (primitive.kind !== 'unit') return 0;
    return primitive.verb === 'daemon-reload' ? 2 : 4;
  };
  const seen = new Set<string>();
  return joinPackages(all)
    .filter(({ primitive }) => {
      const key = primitive.kind === 'unit' ? unitKey(primitive) : JSON.stringify(primitive);
      if (seen.has(key)) return false;
      seen.add(key);
      return true;
    })
    .map((operation, index) => ({ operation, index }))
    .sort((a, b) => rank(a.operation) - rank(b.operation) || a.index - b.index)
    .map(({ operation }) => operation);
}

/** All packages are one operation: apt works out one set for them. Throws RangeError when that set was not asked for. */
function joinPackages(all: readonly Operation[]): Operation[] {
  const packages = all.flatMap(({ primitive }) => (primitive.kind === 'packages' ? [primitive] : []));
  const [first] = packages;
  if (first === undefined) return [...all];
  if (first.set.length === 0) throw new RangeError('apt was not asked what comes with the packages');
  const install = [...new Set(packages.flatMap((one) => one.install))];
  const others = all.filter(({ primitive }) => primitive.kind !== 'packages');
  return [{ primitive: { ...first, install }, base: undefined }, ...others];
}

const unitKey = (it: Primitive & { kind: 'unit' }): string =>
  it.verb === 'daemon-reload' ? 'daemon-reload' : `${it.name} ${it.verb}`;

function renderOperation({ primitive, base }: Operation, lockPatience: number): string {
  switch (primitive.kind) {
    case 'put-file': {
      const { path, sha256, mode, uid, gid } = primitive;
      return `op put-file ${encode(path)} ${sha256} ${mode} ${uid} ${gid} ${renderBase(path, base)}`;
    }
    case 'remove-file':
      return `op remove-file ${encode(primitive.path)} ${renderBase(primitive.path, base)}`;
    case 'set-mode': {
      const { path, mode, uid, gid } = primitive;
      if (base?.kind !== 'mode') throw new RangeError(`the change of ${path} does not say what was there`);
      return `op set-mode ${encode(path)} ${mode} ${uid} ${gid} ${base.mode} ${base.uid} ${base.gid}`;
    }
    case 'account-lines':
      return `op account-lines ${primitive.table} ${encode(primitive.edits.map(renderEdit).join('\n'))}`;
    case 'make-home': {
      const { path, uid, gid, mode, sha256 } = primitive;
      return `op make-home ${encode(path)} ${uid} ${gid} ${mode} ${sha256 ?? '-'}`;
    }
    case 'nft-table': {
      const { family, name, sha256 } = primitive;
      return `op nft-table ${family} ${name} ${sha256 ?? '-'} ${renderTableBase(name, base)}`;
    }
    case 'fill-file':
      throw new RangeError(`the holes of ${primitive.path} were not filled`);
    case 'postgres-role':
      if (primitive.sha256 === undefined) throw new RangeError(`the role ${primitive.role} has no verifier`);
      return `op postgres-role ${primitive.role} ${primitive.sha256}`;
    case 'postgres-right': {
      const { port, database, what, role, to } = primitive;
      return `op postgres-right ${port} ${database} ${what} ${role ?? '-'} ${to ? 'yes' : 'no'}`;
    }
    case 'ufw':
      return `op ufw ${primitive.scope} ${primitive.was}`;
    case 'unit': {
      if (primitive.verb === 'daemon-reload') return 'op unit - daemon-reload - -';
      const known = base?.kind === 'unit' && base.name === primitive.name;
      return `op unit ${primitive.name} ${primitive.verb} ${known ? `${base.enabled} ${base.active}` : '- -'}`;
    }
    case 'packages': {
      const lines = primitive.set.map((one) => `${one.name}:${one.architecture} ${one.version}`).sort();
      const lists = `${encode(primitive.install.join(' '))} ${encode(lines.join('\n'))}`;
      return `op packages ${lists} ${primitive.kibibytes} ${lockPatience}`;
    }
    case 'certbot-issue': {
      const { name, names, webroot, server, email, known } = primitive;
      const order = [
        encode(names.join(',')),
        ...[server, email].map((text) => (text === '' ? '-' : encode(text))),
      ];
      return `op certbot-issue ${name} ${encode(webroot)} ${order.join(' ')} ${known ? 'known' : 'new'}`;
    }
    case 'validate':
      return `op validate ${primitive.checker}`;
  }
}

function renderEdit(edit: AccountEdit): string {
  switch (edit.do) {
    case 'add':
      return `add ${edit.line}`;
    case 'join':
    case 'leave':
      return `${edit.do} ${edit.name} ${edit.member}`;
    case 'expire':
      return `expire ${edit.name} ${edit.from ?? '-'} ${edit.to ?? '-'}`;
    case 'close':
      return `close ${edit.name}`;
  }
}

function renderBase(path: string, base: BaseState | undefined): string {
  if (base?.kind === 'absent') return 'absent';
  if (base?.kind !== 'file') throw new RangeError(`the change of ${path} does not say what was there`);
  return `file ${base.sha256} ${base.mode} ${base.uid} ${base.gid}`;
}

function renderTableBase(name: string, base: BaseState | undefined): string {
  if (base?.kind === 'absent') return 'absent';
  if (base?.kind !== 'nft-table')
    throw new RangeError(`the change of table ${name} does not say what was there`);
  return `table ${base.sha256}`;
}
