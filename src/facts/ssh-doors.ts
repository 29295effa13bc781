import { absent, known, type Reading } from '../model/outcome.ts';
import type { Fact } from './fact.ts';
import preamble from './sections.sh?raw';
import { linesOf, reader, type Sections } from './sections.ts';
import body from './ssh-doors.sh?raw';
import run from './sshd-run.sh?raw';

/**
 * Ports that sshd has by its configuration and by active socket units, lowest first; what it listens on right now is
 * `listeners`. Asked by a lockdown only: the fact `sshd` says the same and much more, and takes its time.
 */
export const sshDoors: Fact<readonly number[]> = {
  name: 'sshDoors',
  title: 'Ports of sshd',
  stability: 'volatile',
  script: preamble + run + body,
  deadline: 10,
  outputLimit: 65_536,
  parse: reader(read),
};

function read(sections: Sections): Reading<readonly number[]> {
  if (sections.find('absent')) return absent;
  const configured = linesOf(sections.body('effective')).map((line) => /(\d+)$/.exec(line)?.[1]);
  const sockets = (sections.find('sockets')?.body ?? '').split('\n\n').flatMap(listening);
  const ports = [...configured, ...sockets];
  return known([...new Set(ports.map(Number).filter(isPort))].sort((a, b) => a - b));
}

/** Ports of one unit's block of `systemctl show`; none of one that is not active. */
function listening(block: string): readonly (string | undefined)[] {
  if (!/^ActiveState=active$/m.test(block)) return [];
  return [...block.matchAll(/^Listen=.*?(\d+) \(Stream\)$/gm)].map(([, port]) => port);
}

const isPort = (port: number): boolean => Number.isInteger(port) && port > 0 && port < 65_536;
