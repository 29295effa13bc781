import ipaddr from 'ipaddr.js';

/** Whether an address lies in a network or is that very address; false where one of them is none. A zone ("%eth0") means nothing. */
export function holdsAddress(network: string, address: string): boolean {
  const at = address.replace(/%.*$/, '');
  const [base = '', prefix] = network.split('/');
  if (!ipaddr.isValid(at) || !ipaddr.isValid(base)) return false;
  const [one, other] = [ipaddr.process(at), ipaddr.process(base)];
  const longest = other.kind() === 'ipv4' ? 32 : 128;
  const bits = prefix === undefined ? longest : Number(prefix);
  return one.kind() === other.kind() && bits >= 0 && bits <= longest && one.match(other, bits);
}
