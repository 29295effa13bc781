import type { Readings } from './index.ts';

/** Ports on which the host's sshd (or its socket unit) listens right now, lowest first, without doubles. */
export function sshPorts(readings: Pick<Readings, 'listeners' | 'sshd'>): readonly number[] {
  if (readings.listeners.kind !== 'known') return [];
  const ports = readings.listeners.value
    .filter((one) => one.protocol === 'tcp')
    .filter((one) => /^sshd?\b/.test(one.process) || /^sshd?\.(service|socket)$/.test(one.unit))
    .map((one) => one.port);
  return [...new Set([...ports, ...socketPorts(readings)])].sort((a, b) => a - b);
}

/** Ports of the socket unit that starts sshd, held by the service manager; none where a service listens itself. */
function socketPorts({ sshd }: Pick<Readings, 'sshd'>): readonly number[] {
  if (sshd.kind !== 'known' || !sshd.value.socket.active) return [];
  return sshd.value.socket.listen
    .map((address) => Number(address.replace(/^.*:/, '')))
    .filter((port) => Number.isInteger(port) && port > 0);
}
