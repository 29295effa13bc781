// The claim that a certificate would be renewed as things stand now: certbot's dry run, over the fresh login. Rules: it leaves nothing on the host, and
// an authority that nobody reached proves nothing but that.
import type { Proof } from '../model/control.ts';
import type { Transport } from '../model/target.ts';
import { command, value } from '../text/command.ts';
import { sanitizeLine } from '../text/sanitize.ts';
import type { Sight } from './inside.ts';
import script from './renewal.sh?raw';

type Check = Extract<Proof['check'], { kind: 'renewal' }>;

export async function seeRenewal(check: Check, fresh: Pick<Transport, 'run'>): Promise<Sight> {
  const { name, server } = check;
  const outcome = await fresh.run(
    command(['sh', '-c', value(script), 'sh', value(name), value(server)], { deadline: 150_000 }),
  );
  const [first = '', ...said] = outcome.kind === 'exited' ? outcome.stdout.trim().split('\n') : [];
  const code = /^ended (\d+)$/.exec(first)?.[1];
  if (code === undefined)
    return { holds: undefined, seen: `certbot did not say whether ${name} would be renewed` };
  if (code === '0') return { holds: true, seen: `a dry run renewed ${name}` };
  const why = code === '124' ? 'no end after 120 s' : said.join(' ').replaceAll(/\s+/g, ' ');
  return { holds: false, seen: sanitizeLine(`a dry run did not renew ${name}: ${why}`, 300) };
}
