import type { Proof } from '../model/control.ts';
import { TargetError } from '../model/errors.ts';
import type { Emit } from '../model/session.ts';
import type { FreshOptions } from '../model/target.ts';
import { type Handle, proveFresh } from '../transaction/driver.ts';
import { webProbes } from '../transport/web.ts';
import { proveAll } from '../verify/index.ts';
import type { KnownValues } from './fill-secrets.ts';
import { type Line, LineClosed } from './line.ts';

export type Claims = {
  readonly login: FreshOptions;
  readonly proofs: readonly Proof[];
  /** Of secrets that this run changed; nobody else can prove them. */
  readonly values?: KnownValues;
};

type Transport = Awaited<ReturnType<Line['transport']>>;

/** A login that reached the transaction, still open: whoever gets it closes it. Or why there is none, in words. */
export type Reached = { readonly fresh: Transport } | { readonly refused: string };

/** Makes the proofs over a fresh login. Refused: the first that does not hold. */
export async function proveOnce(it: {
  claims: Claims;
  handle: Handle;
  line: Line;
  emit: Emit;
}): Promise<Reached> {
  return await overFreshLogin(it.line, it.claims.login, async (fresh, transport) => {
    await proveFresh(fresh, it.handle);
    const results = await proveAll(it.claims.proofs, {
      transport,
      fresh,
      web: webProbes,
      emit: it.emit,
      values: it.claims.values,
    });
    const bad = results.find((result) => result.outcome !== 'proved');
    return bad === undefined ? undefined : `${bad.proof.title}: ${bad.seen}`;
  });
}

/** One more login that must reach the transaction. */
export async function loginAgain(it: { login: FreshOptions; handle: Handle; line: Line }): Promise<Reached> {
  return await overFreshLogin(it.line, it.login, async (fresh) => {
    await proveFresh(fresh, it.handle);
    return undefined;
  });
}

async function overFreshLogin(
  line: Line,
  login: FreshOptions,
  work: (fresh: Transport, transport: Transport) => Promise<string | undefined>,
): Promise<Reached> {
  let fresh: Transport | undefined;
  try {
    const transport = await line.transport();
    fresh = await transport.fresh(login);
    const refused = await work(fresh, transport);
    if (refused === undefined) return { fresh };
    await fresh.close();
    return { refused };
  } catch (error) {
    await fresh?.close();
    if (!(error instanceof TargetError) || error instanceof LineClosed) throw error;
    return { refused: `a new login does not work: ${error.message}` };
  }
}
