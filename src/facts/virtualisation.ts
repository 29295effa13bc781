import { known } from '../model/outcome.ts';
import type { Fact } from './fact.ts';
import preamble from './sections.sh?raw';
import { reader, Unreadable } from './sections.ts';
import type { VirtualisationFact } from './values.ts';
import body from './virtualisation.sh?raw';

/** The kinds systemd-detect-virt counts as containers. */
const CONTAINERS: ReadonlySet<string> = new Set([
  'openvz',
  'lxc',
  'lxc-libvirt',
  'systemd-nspawn',
  'docker',
  'podman',
  'rkt',
  'wsl',
  'proot',
  'pouch',
  'container-other',
]);

export const virtualisation: Fact<VirtualisationFact> = {
  name: 'virtualisation',
  title: 'Virtualisation',
  stability: 'stable',
  script: preamble + body,
  deadline: 5,
  outputLimit: 1024,
  parse: reader((sections) => {
    const kind = sections.line('kind');
    if (!/^[a-z0-9-]{2,40}$/.test(kind)) throw new Unreadable('systemd-detect-virt says nothing readable');
    return known({ kind, container: CONTAINERS.has(kind) });
  }),
};
