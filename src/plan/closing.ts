// Rules: a way in that this very run leaves is closed behind it, and never before: the firewall lets the old port of SSH in until sshd has
// left it and a login on the new one is proved; a stage of its own at the end of the run takes it away. Without sshd in the run it stays.
import type { Proof } from '../model/control.ts';
import type { Wanted } from '../resources/wanted.ts';

/** Ports that sshd has at the end of the run; undefined when this run takes none away. */
function portsAtTheEnd(wanted: readonly Wanted[]): readonly number[] | undefined {
  return wanted
    .flatMap(({ resource }) =>
      resource.kind === 'sshd-option' && resource.keyword === 'Port' && resource.phase === 'contract'
        ? [resource.values.map(Number)]
        : [],
    )
    .at(-1);
}

/** The firewalls among them told which ports of SSH close in this run. */
export function withClosing(wanted: readonly Wanted[]): readonly Wanted[] {
  const ports = portsAtTheEnd(wanted);
  if (ports === undefined) return wanted;
  return wanted.map((one): Wanted => {
    const { resource } = one;
    if (resource.kind !== 'firewall') return one;
    const leaving = resource.intents.flatMap(({ purpose, port }) =>
      purpose === 'ssh' && !ports.includes(port) ? [port] : [],
    );
    return leaving.length === 0 ? one : { ...one, resource: { ...resource, leaving } };
  });
}

/** What is claimed of a port that closes holds until then; at the end the same is claimed of the one that stays. */
export function closingProofs(proofs: readonly Proof[], wanted: readonly Wanted[]): readonly Proof[] {
  const [port] = portsAtTheEnd(wanted) ?? [];
  if (port === undefined) return proofs;
  return proofs.flatMap((proof): readonly Proof[] => {
    const { check } = proof;
    const closes = wanted.some(
      ({ resource, step }) =>
        resource.kind === 'firewall' &&
        proof.id.startsWith(`${step}.`) &&
        (check.kind === 'login' || check.kind === 'port') &&
        resource.leaving?.includes(check.port) === true,
    );
    if (!closes || proof.expect === 'fails' || (check.kind !== 'login' && check.kind !== 'port'))
      return [proof];
    const title = proof.title.replace(`port ${check.port}`, `port ${port}`);
    return [
      { ...proof, phase: 'expand' },
      { ...proof, id: `${proof.id}.${port}`, title, phase: 'contract', check: { ...check, port } },
    ];
  });
}
