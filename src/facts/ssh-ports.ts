import type { Readings } from './index.ts';

/** Ports on which the host's sshd (or its socket unit) listens right now, lowest first, without doubles. */
export function sshPorts(readings: Readings): readonly number[] {
  if (readings.listeners.kind !== 'known') return [];
  const ports = readings.listeners.value
    .filter((one) => one.protocol === 'tcp')
    .filter((one) => /^sshd?\b/.test(one.process) || /^sshd?\.(service|socket)$/.test(one.unit))
    .map((one) => one.port);
  return [...new Set(ports)].sort((a, b) => a - b);
}
