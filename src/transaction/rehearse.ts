// The engine's part of a rehearsal: its own functions as one text, and a stage as the engine would be asked to carry it out.
import { gzipSync } from 'node:zlib';
import type { Change, Primitive } from '../model/resource.ts';
import { engineFunctions } from './engine.ts';
import rehearse from './rehearse.sh?raw';
import { orderOperations, renderRequest } from './request.ts';

/** What the engine's functions rest on; on a host the engine's own head sets it. */
export const GROUND = `
FORMAT=1
STATE=/var/lib/portcullis
NEED_KIB=65536
NL='
'
T='' TX='' WHY='' FAULTS='' HUMAN='' TRACE=''
`;

/** The engine's functions for a rehearsal: gzip, in base64. */
export function rehearsalEngine(): string {
  return gzipSync(`${GROUND}\n${engineFunctions()}\n${rehearse}`).toString('base64');
}

/** The request of one stage, and its operations: number N of the answer is the Nth. */
export function rehearsalRequest(
  changes: readonly Change[],
  contents: Readonly<Record<string, string>>,
): { readonly text: string; readonly operations: readonly Primitive[] } {
  const nobody = '0'.repeat(64);
  // What is made only when the plan is applied, and a database that runs outside, cannot be tried before.
  const filled = changes.map((change) => ({
    ...change,
    primitives: change.primitives.filter(
      ({ kind }) => !['fill-file', 'postgres-role', 'postgres-right'].includes(kind),
    ),
  }));
  const text = renderRequest({
    ...{ id: '20000101-000000-00000000', run: 'rehearsal', step: 'rehearsal', operator: 'rehearsal' },
    ...{
      tokenHash: nobody,
      nonce: nobody.slice(32),
      planDigest: nobody,
      lease: 90,
      changes: filled,
      contents,
    },
  });
  return { text, operations: orderOperations(filled).map(({ primitive }) => primitive) };
}
