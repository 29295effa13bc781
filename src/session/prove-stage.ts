import type { Proof } from '../model/control.ts';
import { TargetError } from '../model/errors.ts';
import type { Emit } from '../model/session.ts';
import type { FreshOptions } from '../model/target.ts';
import { type Handle, proveFresh } from '../transaction/driver.ts';
import { proveAll } from '../verify/index.ts';
import type { Line } from './line.ts';

export type Claims = { readonly login: FreshOptions; readonly proofs: readonly Proof[] };

/** Makes the proofs over a fresh login. Undefined when all hold, otherwise the first that does not, in words. */
export async function proveOnce(it: {
  claims: Claims;
  handle: Handle;
  line: Line;
  emit: Emit;
}): Promise<string | undefined> {
  return await overFreshLogin(it.line, it.claims.login, async (fresh, transport) => {
    await proveFresh(fresh, it.handle);
    const results = await proveAll(it.claims.proofs, { transport, fresh, emit: it.emit });
    const bad = results.find((result) => result.outcome !== 'proved');
    return bad === undefined ? undefined : `${bad.proof.title}: ${bad.seen}`;
  });
}

/** One more login that must reach the transaction. Undefined when it does. */
export async function loginAgain(it: {
  login: FreshOptions;
  handle: Handle;
  line: Line;
}): Promise<string | undefined> {
  return await overFreshLogin(it.line, it.login, async (fresh) => {
    await proveFresh(fresh, it.handle);
    return undefined;
  });
}

type Transport = Awaited<ReturnType<Line['transport']>>;

async function overFreshLogin(
  line: Line,
  login: FreshOptions,
  work: (fresh: Transport, transport: Transport) => Promise<string | undefined>,
): Promise<string | undefined> {
  try {
    const transport = await line.transport();
    const fresh = await transport.fresh(login);
    try {
      return await work(fresh, transport);
    } finally {
      await fresh.close();
    }
  } catch (error) {
    if (!(error instanceof TargetError)) throw error;
    return `a new login does not work: ${error.message}`;
  }
}
