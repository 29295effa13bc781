// What the operator typed, made into a Target. Rules: only characters that no shell and no ssh option can misread; a leading
// dash is never accepted; an IPv6 address is normalised; what is wrong is told with its place.
import ipaddr from 'ipaddr.js';
import { UserError } from '../model/errors.ts';
import type { Target } from '../model/target.ts';
import { sanitizeLine } from '../text/sanitize.ts';

const LONGEST = 255;
const LONGEST_USER = 64;
const FORMS =
  'allowed: [user@]host[:port], ssh://[user@]host[:port], [IPv6]:port, a Host name of ssh_config, or "local"';

/** Accepts the forms of FORMS. Throws UserError (exit 64) for anything else. */
export function parseTarget(text: string): Target {
  const typed = text.trim();
  if (typed === '') throw wrong(text, 'the target is empty');
  if (typed === 'local') return { name: 'local', kind: 'local', host: 'local' };
  if (Buffer.byteLength(typed) > LONGEST)
    throw wrong(text, `the target has ${Buffer.byteLength(typed)} bytes; at most ${LONGEST} are allowed`);
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(typed);
  if (scheme && scheme[1]?.toLowerCase() !== 'ssh')
    throw wrong(text, `"${sanitizeLine(scheme[1] ?? '')}://" is not a way to a server`);
  const rest = scheme ? typed.slice(scheme[0].length).replace(/\/$/, '') : typed;
  const at = rest.indexOf('@');
  const place = typed.indexOf(rest);
  const user = at === -1 ? undefined : checkUser(text, rest.slice(0, at), place);
  const { host, port } = splitPort(text, rest.slice(at + 1));
  const address = checkHost(text, host, place + at + 1 + (rest[at + 1] === '[' ? 1 : 0));
  return {
    name: typed,
    kind: 'ssh',
    host: address,
    ...(user === undefined ? {} : { user }),
    ...(port === undefined ? {} : { port }),
  };
}

function splitPort(text: string, rest: string): { host: string; port?: number } {
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(rest);
  if (bracketed) return withPort(text, bracketed[1] ?? '', bracketed[2]);
  if (rest.startsWith('[')) throw wrong(text, 'the "[" of an IPv6 address is not closed by "]"');
  const colons = rest.split(':').length - 1;
  if (colons > 1) return { host: rest };
  const colon = rest.indexOf(':');
  return colon === -1 ? { host: rest } : withPort(text, rest.slice(0, colon), rest.slice(colon + 1));
}

function withPort(text: string, host: string, port: string | undefined): { host: string; port?: number } {
  if (port === undefined) return { host };
  const number = Number(port);
  if (!/^\d{1,5}$/.test(port) || number < 1 || number > 65535)
    throw wrong(text, `not a port: "${sanitizeLine(port)}" (1 to 65535)`);
  return { host, port: number };
}

function checkUser(text: string, user: string, offset: number): string {
  if (user === '') throw wrong(text, 'there is no user name before "@"');
  if (user.startsWith('-')) throw wrong(text, 'a user name cannot begin with "-"');
  if (user.length > LONGEST_USER) throw wrong(text, `a user name has at most ${LONGEST_USER} characters`);
  const bad = /[^A-Za-z0-9_.+\\-]/.exec(user);
  if (bad)
    throw wrong(text, `not a user name: character "${sanitizeLine(bad[0])}" at ${offset + bad.index + 1}`);
  return user;
}

function checkHost(text: string, host: string, offset: number): string {
  if (host === '') throw wrong(text, 'there is no host name');
  if (host.startsWith('-')) throw wrong(text, 'a host name cannot begin with "-"');
  if (host.includes(':')) return checkAddress(text, host);
  const bad = /[^A-Za-z0-9._-]/u.exec(host);
  if (bad)
    throw wrong(text, `not a host name: character "${sanitizeLine(bad[0])}" at ${offset + bad.index + 1}`);
  return host;
}

function checkAddress(text: string, host: string): string {
  const [address = '', zone] = host.split('%');
  if (!ipaddr.IPv6.isValid(address) || (zone !== undefined && !/^[A-Za-z0-9._-]{1,32}$/.test(zone)))
    throw wrong(text, `not an IPv6 address: "${sanitizeLine(host)}"`);
  const normal = ipaddr.IPv6.parse(address).toString();
  return zone === undefined ? normal : `${normal}%${zone}`;
}

function wrong(text: string, message: string): UserError {
  return new UserError(message, { where: `target "${sanitizeLine(text, 80)}"`, hints: [FORMS] });
}
