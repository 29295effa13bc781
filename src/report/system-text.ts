// What was found on the host before any step, and why this profile is walked. Rules: only what a fact read; what could not be told is
// said so, and never taken for absent; names that the host chose are made safe by whoever shows them.
import type { Context } from '../model/context.ts';
import type { Step } from '../model/control.ts';

export type SystemRow = readonly [label: string, text: string];

const FIREWALLS: Readonly<Record<string, string>> = {
  portcullis: 'Portcullis',
  nftables: 'nftables, with rules of your own',
  iptables: 'plain iptables',
};

/** More would be a wall. */
const MOST_LISTENERS = 12;

export function systemRows(
  context: Context,
  judged: {
    readonly steps: readonly Step[];
    readonly findings: readonly { readonly step: string; readonly result: string }[];
  },
): readonly SystemRow[] {
  const { profile } = context;
  return [
    ['system', osText(context)],
    ['listens', listensText(context)],
    ...dockerRows(context),
    ['firewall', firewallText(context)],
    ...managerRows(context),
    ['profile', `${profile.id}: ${profile.title}`],
    ['because', becauseText(context)],
    ...stepRows(judged),
  ];
}

function osText({ readings: { os, virtualisation } }: Context): string {
  if (os.kind !== 'known') return 'could not be told';
  const { prettyName, kernel, architecture } = os.value;
  const kind = virtualisation.kind === 'known' ? virtualisation.value.kind : 'none';
  const where = kind === 'none' || kind === '' ? '' : `, in ${kind}`;
  return `${prettyName}, kernel ${kernel}, ${architecture}${where}`;
}

/** "nginx 80, 443; postgres 5432 (from the host itself only)" */
function listensText({ readings: { listeners } }: Context): string {
  if (listeners.kind === 'unknown') return 'could not be told';
  const all = listeners.kind === 'known' ? listeners.value : [];
  const local = (address: string) => /^(127\.|::1$|\[::1\])/.test(address);
  const programs = new Map<string, { ports: Set<string>; open: boolean }>();
  for (const { process, port, protocol, address } of all) {
    const name = process === '' ? 'a program without a name' : process;
    const seen = programs.get(name) ?? { ports: new Set(), open: false };
    seen.ports.add(protocol === 'udp' ? `${port}/udp` : String(port));
    programs.set(name, { ports: seen.ports, open: seen.open || !local(address) });
  }
  const words = [...programs].map(
    ([name, { ports, open }]) =>
      `${name} ${[...ports].join(', ')}${open ? '' : ' (from the host itself only)'}`,
  );
  if (words.length === 0) return 'nothing';
  const more = words.length > MOST_LISTENERS ? `; and ${words.length - MOST_LISTENERS} more` : '';
  return `${words.slice(0, MOST_LISTENERS).join('; ')}${more}`;
}

function dockerRows({ readings: { docker } }: Context): readonly SystemRow[] {
  if (docker.kind === 'absent') return [];
  if (docker.kind === 'unknown') return [['Docker', 'could not be told']];
  return [
    [
      'Docker',
      docker.value.running
        ? `runs${docker.value.version === '' ? '' : `, version ${docker.value.version}`}`
        : 'installed, does not run',
    ],
  ];
}

function firewallText({ readings: { firewall } }: Context): string {
  if (firewall.kind === 'unknown') return 'could not be told';
  const owners = firewall.kind === 'known' ? firewall.value.owners : [];
  if (owners.length === 0) return 'nobody manages it';
  return owners.map((owner) => FIREWALLS[owner] ?? owner).join(' and ');
}

function managerRows({ readings: { managers } }: Context): readonly SystemRow[] {
  if (managers.kind !== 'known' || managers.value.names.length === 0) return [];
  return [['managers', `${managers.value.names.join(', ')}: may write over what is set here`]];
}

/** The marks of the profile beside what was seen, and what it is for. */
function becauseText({ profile, readings: { os, listeners } }: Context): string {
  const { detect } = profile;
  const seen = os.kind === 'known' ? os.value.id : undefined;
  const wanted = detect?.os ?? [];
  const programs = new Set(listeners.kind === 'known' ? listeners.value.map((it) => it.process) : []);
  const marks: string[] = [];
  if (wanted.length > 0) {
    if (seen === undefined)
      marks.push(`it is made for ${wanted.join(', ')}; which system this is could not be told`);
    else if (wanted.includes(seen)) marks.push(`the host is ${seen}, which this profile is made for`);
    else marks.push(`it is made for ${wanted.join(', ')}, and this is ${seen}: look at the plan with care`);
  }
  for (const name of detect?.listens ?? [])
    marks.push(
      programs.has(name) ? `${name} listens here` : `${name} does not listen here, which it expects`,
    );
  return [...marks, profile.description].join('. ').replace(/^./, (first) => first.toUpperCase());
}

function stepRows({
  steps,
  findings,
}: {
  readonly steps: readonly Step[];
  readonly findings: readonly { readonly step: string; readonly result: string }[];
}): readonly SystemRow[] {
  const here = new Set(findings.filter(({ result }) => result !== 'notapplicable').map(({ step }) => step));
  const names = (wanted: boolean) => steps.filter(({ id }) => here.has(id) === wanted).map(({ id }) => id);
  const [with_, without] = [names(true), names(false)];
  return [
    ['steps', with_.length === 0 ? 'none finds anything to judge' : with_.join(', ')],
    ...(without.length === 0 ? [] : [['not here', `${without.join(', ')}: nothing to judge`] as const]),
  ];
}
