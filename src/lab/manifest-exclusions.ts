// The closed list of what a manifest leaves out, and why. docs/manifest-exclusions.md is this list for readers; a test
// keeps the two equal. Nothing else is left out anywhere in the collection.

export interface Exclusion {
  /** Exact text, where * stands for anything but "/" and ** for anything. */
  readonly pattern: string;
  readonly why: string;
}

/** Paths that are not looked at, with everything below them. */
export const EXCLUDED_PATHS: readonly Exclusion[] = [
  {
    pattern: '/proc',
    why: 'the kernel’s own view; what matters of it is listed as sysctls, sockets and mounts',
  },
  { pattern: '/sys', why: 'the kernel’s own view of devices' },
  { pattern: '/dev', why: 'made by systemd-nspawn at every boot' },
  {
    pattern: '/run',
    why: 'emptied at every boot and full of process ids; units made there are looked at as /run/systemd/{system,transient,generator*}',
  },
  { pattern: '/run/systemd/transient/session-*.scope', why: 'one per login' },
  {
    pattern: '/var/lib/portcullis',
    why: 'our own journal of runs; it is to stay after a rollback, and has tests of its own',
  },
  { pattern: '/var/log/journal', why: 'the journal grows with every login' },
  { pattern: '/tmp/systemd-private-*', why: 'private directories of services, named anew at every start' },
  {
    pattern: '/var/tmp/systemd-private-*',
    why: 'private directories of services, named anew at every start',
  },
  { pattern: '/tmp/.*-unix', why: 'socket directories made at every boot' },
  {
    pattern: '/var/log/apt/history.log',
    why: 'apt’s own record of what came and went: an administrator looks for it there, so it stays',
  },
  { pattern: '/var/log/apt/term.log', why: 'what apt printed meanwhile; it stays like its history' },
  { pattern: '/var/log/dpkg.log', why: 'dpkg’s own record of what came and went; it stays like apt’s' },
  {
    pattern: '/var/log/sudo.log',
    why: 'sudo’s own record, once its rules ask for one; it stays like the journal',
  },
  { pattern: '/var/log/alternatives.log', why: 'record of alternatives that came and went with packages' },
  { pattern: '/var/lib/systemd/random-seed', why: 'a new seed at every boot and shutdown' },
  { pattern: '/var/lib/systemd/timers', why: 'time stamps of timers that ran' },
  {
    pattern: '/var/lib/docker',
    why: 'Docker’s own store, rewritten at every start; containers, networks and volumes are listed by themselves',
  },
  { pattern: '/var/lib/containerd', why: 'containerd’s own store, rewritten at every start' },
  {
    pattern: '/var/lib/fail2ban/fail2ban.sqlite3',
    why: 'fail2ban’s memory, made when it first runs; the bans are listed by themselves',
  },
  { pattern: '/home/*/.sudo_as_admin_successful', why: 'sudo notes who has used it' },
  { pattern: '/var/lib/sudo/lectured', why: 'sudo notes who has seen its greeting' },
];

/** Files whose type, mode, owner and attributes are compared, but not their content. */
export const EXCLUDED_CONTENT: readonly Exclusion[] = [
  { pattern: '/var/log/**', why: 'logs grow' },
  { pattern: '/var/cache/ldconfig/aux-cache', why: 'rebuilt by ldconfig with inode numbers in it' },
  { pattern: '/var/cache/apt/*.bin', why: 'apt’s cache of its lists' },
];

/** Loaded units that come and go with logins and requests. */
export const EXCLUDED_UNITS: readonly Exclusion[] = [
  { pattern: '*.device', why: 'kernel devices' },
  { pattern: 'session-*.scope', why: 'one per login' },
  { pattern: 'user@*.service', why: 'one per logged-in user' },
  { pattern: 'user-runtime-dir@*.service', why: 'one per logged-in user' },
  { pattern: 'user-*.slice', why: 'one per logged-in user' },
  { pattern: 'run-user-*.mount', why: 'one per logged-in user' },
  { pattern: 'run-credentials-*.mount', why: 'lives as long as a service starts' },
  { pattern: 'ssh@*.service', why: 'one per connection under socket activation' },
  { pattern: 'sshd@*.service', why: 'one per connection under socket activation' },
  { pattern: 'system-ssh*.slice', why: 'made by the first connection under socket activation' },
  { pattern: 'docker-*.scope', why: 'one per running container; containers are listed by themselves' },
  { pattern: 'systemd-hostnamed.service', why: 'started on request, stops by itself' },
  { pattern: 'systemd-timedated.service', why: 'started on request, stops by itself' },
  { pattern: 'systemd-localed.service', why: 'started on request, stops by itself' },
  { pattern: 'systemd-tmpfiles-clean.service', why: 'run by its timer once a day' },
];

/** Kernel parameters that count or measure, or belong to the whole machine the lab runs on. */
export const EXCLUDED_SYSCTLS: readonly Exclusion[] = [
  { pattern: 'fs.*-nr', why: 'counter' },
  { pattern: 'fs.*-state', why: 'counter' },
  { pattern: 'fs.quota.*', why: 'counters of the whole machine' },
  { pattern: 'kernel.ns_last_pid', why: 'counter' },
  { pattern: 'kernel.pty.nr', why: 'counter' },
  { pattern: 'kernel.random.*', why: 'new at every read or boot' },
  { pattern: 'net.netfilter.nf_conntrack_count', why: 'counter' },
  { pattern: 'net.*.veth*', why: 'a container’s link, named anew at every start of it' },
  { pattern: 'kernel.perf_event_max_sample_rate', why: 'the kernel lowers it under load' },
];

/** Mounts that come and go by themselves. */
export const EXCLUDED_MOUNTS: readonly Exclusion[] = [
  { pattern: '/run/user/*', why: 'one per logged-in user' },
  { pattern: '/run/credentials/*', why: 'lives as long as a service starts' },
  { pattern: '/var/lib/docker/**', why: 'the layers of one running container each' },
  { pattern: '/run/docker/netns/*', why: 'the network of one running container each' },
  { pattern: '/proc/sys/fs/binfmt_misc', why: 'mounted by the kernel at first use' },
];

/** The list as a page for readers. */
export function exclusionsPage(): string {
  const table = (title: string, exclusions: readonly Exclusion[]) =>
    `## ${title}\n\n| left out | because |\n|---|---|\n${exclusions.map(({ pattern, why }) => `| \`${pattern}\` | ${why} |\n`).join('')}`;
  return [
    '# What the manifest leaves out\n\nThe manifest is the lab’s oracle: a run that was rolled back must leave it equal. This list is closed; it is\ngenerated from `src/lab/manifest-exclusions.ts`, and a test keeps the two equal. Times of files are not compared.\n`*` stands for anything but `/`, `**` for anything.\n',
    table('Paths, with everything below them', EXCLUDED_PATHS),
    table('Content only (type, mode, owner and attributes are compared)', EXCLUDED_CONTENT),
    table('Loaded units', EXCLUDED_UNITS),
    table('Kernel parameters', EXCLUDED_SYSCTLS),
    table('Mounts', EXCLUDED_MOUNTS),
  ].join('\n');
}

/** A test for "is left out", compiled once per list. */
export function matcher(exclusions: readonly Exclusion[]): (text: string) => boolean {
  const sources = exclusions.map(({ pattern }) =>
    pattern
      .split('**')
      .map((part) =>
        part
          .split('*')
          .map((literal) => literal.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
          .join('[^/]*'),
      )
      .join('.*'),
  );
  const expression = new RegExp(`^(?:${sources.join('|')})$`, 's');
  return (text) => expression.test(text);
}
