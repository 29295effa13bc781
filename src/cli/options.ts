import { type Command, InvalidArgumentError, Option } from 'commander';
import { ttlSeconds } from '../text/ttl.ts';

/** How to reach the target. Common to every command that has one. */
export type ReachOptions = {
  readonly identity?: string;
  readonly jump?: string;
  readonly transport: 'auto' | 'openssh' | 'ssh2';
  readonly sudo: 'auto' | 'none' | 'password';
  readonly sudoPasswordFile?: string;
  readonly passwordFile?: string;
  readonly newPasswordFile?: string;
  readonly knownHosts?: string;
  readonly acceptHostKey?: string;
  readonly json: boolean;
  readonly color: boolean;
  readonly verbose: boolean;
};

/** By what the target is judged. */
export type AnswerOptions = {
  readonly profile: string;
  readonly answers?: string;
  readonly set: readonly string[];
};

/** What is wanted of the target. */
export type ChoiceOptions = AnswerOptions & {
  readonly steps?: readonly string[];
  readonly without: readonly string[];
};

/** How an apply is carried out. */
export type LeaseOptions = {
  readonly confirm: 'auto' | 'manual';
  /** Seconds. */
  readonly lease: number;
  /** Seconds after which proofs are made again before a change is kept. */
  readonly recheck: readonly number[];
};

/** Seconds after the first proofs. */
const RECHECK: readonly number[] = [5, 30];

const LEASE_LIMITS = { minimum: 30, maximum: 900, default: 90 } as const;

/** "90s", "2m", "90" → seconds within the limits of reliability.md E. Throws for anything else. */
export function parseLease(text: string): number {
  const match = /^(\d{1,5})(s|m)?$/.exec(text);
  const seconds = match?.[1] === undefined ? Number.NaN : Number(match[1]) * (match[2] === 'm' ? 60 : 1);
  // Test hosts are thrown away, so tests may use a lease no operator could meet.
  const minimum = process.env.PORTCULLIS_TEST_LEASE === '1' ? 1 : LEASE_LIMITS.minimum;
  if (!(seconds >= minimum && seconds <= LEASE_LIMITS.maximum)) {
    throw new InvalidArgumentError(
      `A lease is ${minimum} to ${LEASE_LIMITS.maximum} seconds, e.g. 90s or 2m.`,
    );
  }
  return seconds;
}

/** "10m", "2h", "7d" → seconds. Throws for anything else, for less than a minute and for more than a year. */
export function parseTtl(text: string): number {
  const seconds = ttlSeconds(text, process.env.PORTCULLIS_TEST_LEASE === '1' ? 1 : 60);
  if (seconds === undefined) {
    throw new InvalidArgumentError('A time to live is 1m to 365d, e.g. 30m, 2h or 7d.');
  }
  return seconds;
}

/** "5,30" → [5, 30]; "none" → []. */
export function parseRecheck(text: string): readonly number[] {
  if (text === 'none') return [];
  const seconds = text.split(',').map((piece) => (/^\d{1,3}$/.test(piece) ? Number(piece) : Number.NaN));
  if (seconds.some((one) => Number.isNaN(one))) {
    throw new InvalidArgumentError('Give seconds separated by commas, e.g. 5,30, or "none".');
  }
  return seconds;
}

export function collect(word: string, earlier: readonly string[]): readonly string[] {
  return [...earlier, word];
}

function words(text: string): readonly string[] {
  return text.split(',').filter((word) => word !== '');
}

/** `json`: how --json is told of where it is not what it is everywhere else. */
export function addReachOptions(
  command: Command,
  json = new Option('--json', 'print events and results as JSON lines'),
): Command {
  return command
    .option('--identity <file>', 'private key to log in with')
    .option('--jump <host>', 'jump host, as ssh -J takes it')
    .addOption(
      new Option(
        '--transport <kind>',
        'how to connect; auto: openssh where there is an ssh client, else ssh2',
      )
        .choices(['auto', 'openssh', 'ssh2'])
        .default('auto'),
    )
    .addOption(
      new Option('--sudo <way>', 'how to become root').choices(['auto', 'none', 'password']).default('auto'),
    )
    .option('--sudo-password-file <file>', 'sudo password: first line of a file only you can read')
    .option('--password-file <file>', 'login password: first line of a file only you can read')
    .option(
      '--new-password-file <file>',
      'what an expired password becomes: its first line, or made and written there',
    )
    .option('--known-hosts <file>', 'known_hosts file to trust instead of your own')
    .option('--accept-host-key <fingerprint>', 'pin this host key (SHA256:…) if the host is unknown')
    .addOption(json.default(false))
    .option('--no-color', 'no colour')
    .option('--verbose', 'say more on stderr', false);
}

export function addAnswerOptions(command: Command): Command {
  return command
    .option('--profile <name>', 'profile name or file', 'linux')
    .option('--answers <file>', 'answers as YAML: question id → value')
    .option('--set <key=value>', 'answer one question, e.g. sshd.port=2222 (repeatable)', collect, []);
}

export function addChoiceOptions(command: Command): Command {
  return addAnswerOptions(command)
    .option('--steps <ids>', 'only these steps, separated by commas', words)
    .option('--without <control>', 'leave this control alone (repeatable)', collect, []);
}

/** What `secrets` needs of the choices: where secrets are declared. */
export function addInventoryOptions(command: Command): Command {
  return command
    .option('--profile <name>', 'profile name or file', 'linux')
    .option('--answers <file>', 'answers as YAML: question id → value')
    .option('--set <key=value>', 'answer one question, e.g. secrets.inventory=… (repeatable)', collect, [])
    .option('--all', 'every declared secret', false)
    .option('--dry-run', 'show what would change, change nothing', false)
    .option('--yes', 'do it without asking', false)
    .option('--reveal', 'show new values once, on a screen that leaves nothing behind', false)
    .option('--reveal-to-stdout', 'write new values to stdout, whatever reads it', false)
    .option(
      '--to-age <recipient>',
      'encrypt new values for age1…, an ssh key, or a file of such (repeatable)',
      collect,
      [],
    )
    .option('--output <file>', 'with --to-age: the new file that is written');
}

export function leaseOption(): Option {
  return new Option('--lease <time>', 'the host takes the change back after this much silence (30s to 15m)')
    .argParser(parseLease)
    .default(LEASE_LIMITS.default, '90s');
}

/** `recheck`: seconds, where not those of a host that matters. */
export function addLeaseOptions(command: Command, recheck: readonly number[] = RECHECK): Command {
  return command
    .addOption(
      new Option('--confirm <how>', 'auto keeps the change when all proofs pass; manual leaves it armed')
        .choices(['auto', 'manual'])
        .default('auto'),
    )
    .addOption(leaseOption())
    .addOption(
      new Option('--recheck <seconds>', 'prove again after these many seconds before keeping; none: do not')
        .argParser(parseRecheck)
        .default(recheck, recheck.join(',')),
    );
}
