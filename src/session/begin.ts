import type { Emit } from '../model/session.ts';
import type { Transport } from '../model/target.ts';
import type { Line } from './line.ts';

/** Asks the host to begin, and tells before that it is asked: until the answer comes, whether it did is not known. */
export async function begin<Started>(
  job: {
    readonly id: string;
    readonly step: string;
    readonly lease: number;
    readonly start: (transport: Transport) => Promise<Started>;
  },
  { line, emit }: { readonly line: Line; readonly emit: Emit },
): Promise<Started> {
  const transport = await line.transport();
  emit({ type: 'starting', id: job.id, step: job.step, lease: job.lease });
  return await job.start(transport);
}
