// Claims about web servers. Rules: a protocol is refused only when the far side itself ended the handshake; a certificate is the one that was
// shown just now, to a new connection; the processes of nginx that only finish what they have begun do not count.
import type { Proof } from '../model/control.ts';
import type { WebProbes } from '../model/outside.ts';
import type { Transport } from '../model/target.ts';
import asked from '../text/caddy.sh?raw';
import { command, value } from '../text/command.ts';
import workers from '../text/nginx-workers.sh?raw';
import { sanitizeLine } from '../text/sanitize.ts';
import type { Sight } from './inside.ts';
import loadedScript from './loaded.sh?raw';
import script from './workers.sh?raw';

type Check<K extends Proof['check']['kind']> = Extract<Proof['check'], { kind: K }>;

export async function seeHandshake(
  check: Check<'tls'>,
  it: { web: WebProbes; address: string },
): Promise<Sight> {
  const { port, name, version, certificate } = check;
  const seen = await it.web.handshake({
    ...{ address: it.address, port, name },
    ...(version === undefined ? {} : { version }),
  });
  if (seen.kind === 'untold') return { holds: undefined, seen: `${name}:${port}: ${seen.why}` };
  if (seen.kind === 'refused') return { holds: false, seen: `${name}:${port} refused: ${seen.why}` };
  if (certificate === undefined) return { holds: true, seen: `${name}:${port} speaks ${seen.version}` };
  return seen.certificate === certificate
    ? { holds: true, seen: `${name}:${port} shows certificate ${certificate.slice(0, 16)}` }
    : { holds: false, seen: `${name}:${port} shows another certificate: ${seen.certificate.slice(0, 16)}` };
}

export async function seeRequest(
  check: Check<'http'>,
  it: { web: WebProbes; address: string },
): Promise<Sight> {
  const { port, name, tls, path } = check;
  const where = sanitizeLine(`${tls ? 'https' : 'http'}://${name}:${port}${path}`, 120);
  const answer = await it.web.request({ address: it.address, port, name, tls, path });
  if (answer.kind === 'untold') return { holds: undefined, seen: `${where}: ${answer.why}` };
  const of = (header: string) =>
    answer.headers.filter((one) => one.name === header.toLowerCase()).map((one) => one.value);
  if (check.redirect) {
    const [to = 'nowhere'] = of('location');
    const leads = REDIRECTS.includes(answer.status) && to.startsWith('https://');
    const seen = sanitizeLine(`${where} answers ${answer.status} to ${to}`, 200);
    return leads ? follow({ check, to, seen }, it) : { holds: false, seen };
  }
  const faults = check.headers.flatMap(({ name: header, value: wanted }) => {
    const sent = of(header);
    const shown = sanitizeLine(header, 60);
    if (sent.length > 1)
      return [`with ${shown} ${sent.length} times: what stands behind the server may send it too`];
    return sent[0] === wanted ? [] : [`without ${shown}`];
  });
  return faults.length === 0
    ? { holds: true, seen: `${where} answers ${answer.status} with them` }
    : { holds: false, seen: `${where} answers ${answer.status} ${faults.join(', ')}` };
}

const REDIRECTS = [301, 302, 303, 307, 308];

/** One step on: what https of the same name answers must not lead back to where one came from. Other names may live elsewhere. */
async function follow(
  one: { readonly check: Check<'http'>; readonly to: string; readonly seen: string },
  it: { readonly web: WebProbes; readonly address: string },
): Promise<Sight> {
  const { check, to, seen } = one;
  if (!URL.canParse(to)) return { holds: false, seen: `${seen}, which is no address` };
  const url = new URL(to);
  if (url.hostname !== check.name.toLowerCase()) return { holds: true, seen };
  const port = url.port === '' ? 443 : Number(url.port);
  const path = `${url.pathname}${url.search}`;
  const answer = await it.web.request({ address: it.address, port, name: check.name, tls: true, path });
  if (answer.kind === 'untold')
    return { holds: undefined, seen: sanitizeLine(`${seen}, and there: ${answer.why}`, 300) };
  const next = answer.headers.find(({ name }) => name === 'location')?.value ?? '';
  const plain = `http://${check.name}${check.port === 80 ? '' : `:${check.port}`}${check.path}`;
  const isBack =
    REDIRECTS.includes(answer.status) &&
    URL.canParse(next, url.href) &&
    [url.href, new URL(plain).href].includes(new URL(next, url.href).href);
  return isBack
    ? { holds: false, seen: sanitizeLine(`${seen}, and that back to ${next}: it goes in circles`, 300) }
    : { holds: true, seen };
}

/** One exchange: "same" or what is newer than the oldest process that takes connections. */
export async function seeWorkers(check: Check<'workers'>, fresh: Transport): Promise<Sight> {
  const outcome = await fresh.run(
    command(['sh', '-c', value(workers + script), 'sh', ...check.files.map(value)]),
  );
  if (outcome.kind !== 'exited' || outcome.code !== 0 || outcome.truncated)
    return { holds: undefined, seen: 'the host did not say which processes of nginx run' };
  const [word = '', count = '', ...rest] = outcome.stdout.trim().split(' ');
  if (word === 'new') return { holds: true, seen: `${count} new processes take connections` };
  if (word === 'old')
    return {
      holds: false,
      seen: sanitizeLine(`nginx kept its old processes: ${rest.join(' ')} is newer`, 200),
    };
  return { holds: undefined, seen: 'no process of nginx takes connections, or the host does not tell' };
}

/** One exchange: whether Caddy took its configuration after its files changed. */
export async function seeLoaded(check: Check<'loaded'>, fresh: Transport): Promise<Sight> {
  const outcome = await fresh.run(
    command(['sh', '-c', value(asked + loadedScript), 'sh', ...check.files.map(value)]),
  );
  if (outcome.kind !== 'exited' || outcome.code !== 0 || outcome.truncated)
    return { holds: undefined, seen: 'the host did not say what Caddy took' };
  const said = outcome.stdout.trim();
  if (said === 'new') return { holds: true, seen: 'Caddy took them after they changed' };
  return said.startsWith('old ')
    ? {
        holds: false,
        seen: sanitizeLine(`Caddy kept its old configuration: ${said.slice(4)} is newer`, 200),
      }
    : { holds: undefined, seen: 'Caddy does not run, or keeps no note of what it took' };
}
