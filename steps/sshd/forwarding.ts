// Rules: what a login may reach through this host is off unless somebody needs it; TCP forwarding is asked for, because jump
// hosts, remote editors and database tunnels live on it. DisableForwarding covers all of it.
import { answerOf, type Context } from '../../src/model/context.ts';
import type { Control } from '../../src/model/control.ts';
import { effectiveOf } from '../../src/resources/sshd.ts';
import { cis, fixed, type OptionSpec, optionControl } from './option-control.ts';
import { forwarding as question } from './questions.ts';

const references = cis('5.1.8', '5.1.8');

/** With DisableForwarding on, the single options say nothing any more. */
function unlessAllIsOff(spec: OptionSpec): OptionSpec {
  return {
    ...spec,
    compare: (_view, wanted, context) =>
      effectiveOf(context, 'DisableForwarding')?.[0] === 'yes' && wanted.values[0] !== 'yes'
        ? 'same'
        : undefined,
  };
}

const x11 = fixed(
  {
    id: 'sshd.x11-forwarding',
    title: 'No X11 forwarding',
    severity: 'medium',
    why: 'A forwarded display lets this host watch the keyboard of whoever logs in.',
    references,
    mayBreak: 'Graphical programs shown over SSH.',
  },
  { X11Forwarding: 'no' },
);

const agent = fixed(
  {
    id: 'sshd.agent-forwarding',
    title: 'No agent forwarding',
    severity: 'medium',
    why: 'Whoever is root here could log in elsewhere with the keys of people who are logged in.',
    references,
    mayBreak: 'Logging in further from this host with keys at home: use ProxyJump instead.',
  },
  { AllowAgentForwarding: 'no' },
);

const byAnswer = (context: Context): string => String(answerOf(question, context));

const tcp: OptionSpec = {
  id: 'sshd.tcp-forwarding',
  title: 'Ports are forwarded only as you decided',
  severity: 'low',
  why: 'A login can reach every service this host reaches, and open ports on it for others.',
  references,
  mayBreak: 'local keeps jump hosts, remote editors and database tunnels; no ends them.',
  keywords: ['AllowTcpForwarding'],
  want: (context) => [{ keyword: 'AllowTcpForwarding', values: [byAnswer(context)] }],
};

const sockets: OptionSpec = {
  id: 'sshd.stream-local-forwarding',
  title: 'Sockets are forwarded only as you decided',
  severity: 'low',
  why: 'Sockets such as that of Docker are as good as root.',
  references,
  mayBreak: 'Remote Podman, forwarded gpg agents; the same answer as for ports holds.',
  keywords: ['AllowStreamLocalForwarding'],
  want: (context) => [{ keyword: 'AllowStreamLocalForwarding', values: [byAnswer(context)] }],
};

const gateway = fixed(
  {
    id: 'sshd.gateway-ports',
    title: 'Forwarded ports stay on this host',
    severity: 'medium',
    why: 'Otherwise a login can open a port of this host to the whole network.',
    references,
    mayBreak: 'Remote forwards that other machines use.',
  },
  { GatewayPorts: 'no' },
);

const tunnel = fixed(
  {
    id: 'sshd.tunnel',
    title: 'No network tunnels',
    severity: 'medium',
    why: 'A tunnel device joins two networks behind the firewall’s back.',
    references,
    mayBreak: 'VPNs made with ssh -w.',
  },
  { PermitTunnel: 'no' },
);

export const forwarding: readonly Control[] = [
  ...[x11, agent, tcp, sockets].map((spec) => optionControl(unlessAllIsOff(spec))),
  ...[gateway, tunnel].map(optionControl),
];
