// Drives the built program against lab hosts, as a person's shell would: exit code, stdout, stderr.
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa, type Subprocess } from 'execa';
import { afterAll } from 'vitest';
import type { Host, LabUser } from '../../src/lab/host.ts';

const launcher = resolve(import.meta.dirname, '../../bin/portcullis.js');

export type Ran = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** A running program, and how it ended: by which signal, if by one. */
export type Started = {
  readonly child: Subprocess;
  readonly ended: Promise<{ readonly signal: string | undefined; readonly stderr: string }>;
};

export type Cli = {
  /** Runs `portcullis WORDS…` without a terminal. */
  readonly run: (...words: string[]) => Promise<Ran>;
  /**
   * The same against the host: adds target, identity, known hosts and, for who needs it, the sudo password. Means the step sshd,
   * where the words name neither steps nor a profile.
   */
  readonly on: (command: string, ...words: string[]) => Promise<Ran>;
  /** As `on`, to another port of the host. */
  readonly onPort: (port: number, command: string, ...words: string[]) => Promise<Ran>;
  /** Starts it and leaves it running; for those who are going to be killed. */
  readonly start: (command: string, ...words: string[]) => Promise<Started>;
  /** The same inside a bash script, where the program and its words are "$@". */
  readonly inShell: (script: string, command: string, ...words: string[]) => Promise<Ran>;
  readonly state: string;
};

/** A private state folder per user of the kit; removed after the block. `path`: instead of this machine's PATH. */
export async function cliFor(
  host: () => Host,
  login: LabUser['name'] = 'root',
  path: string = process.env.PATH ?? '',
): Promise<Cli> {
  const state = await mkdtemp(join(tmpdir(), 'portcullis-cli-'));
  afterAll(async () => {
    await rm(state, { recursive: true, force: true });
  });
  const environment = {
    PATH: path,
    HOME: state,
    XDG_STATE_HOME: join(state, 'state'),
    PORTCULLIS_TEST_LEASE: '1',
    LANG: 'C.UTF-8',
  };
  const how = {
    reject: false,
    all: true,
    stdin: 'ignore',
    extendEnv: false,
    env: environment,
    stripFinalNewline: false,
  } as const;
  const spawn = (words: string[]) => execa(process.execPath, [launcher, ...words], how);
  const aimed = async (command: string, words: string[], port = 22): Promise<string[]> => {
    const to = host();
    const user = to.users.find((one) => one.name === login);
    const reach = ['--identity', to.keyFile, '--known-hosts', to.knownHostsFile];
    if (user?.sudo === 'password') {
      const file = join(state, 'sudo-password');
      await writeFile(file, `${user.password}\n`);
      await chmod(file, 0o600);
      reach.push('--sudo-password-file', file);
    }
    return [command, `${login}@${to.address}:${port}`, ...reach, ...words, ...stepsOf(command, words)];
  };
  const settle = async (
    running: Promise<{ exitCode?: number; stdout: string; stderr: string }>,
  ): Promise<Ran> => {
    const { exitCode, stdout, stderr } = await running;
    return { code: exitCode ?? -1, stdout, stderr };
  };
  return {
    state,
    run: (...words) => settle(spawn(words)),
    on: async (command, ...words) => settle(spawn(await aimed(command, words))),
    onPort: async (port, command, ...words) => settle(spawn(await aimed(command, words, port))),
    inShell: async (script, command, ...words) => {
      const shell = ['--norc', '-c', script, 'bash', process.execPath, launcher];
      return settle(execa('bash', [...shell, ...(await aimed(command, words))], how));
    },
    start: async (command, ...words) => {
      const child = spawn(await aimed(command, words));
      return { child, ended: child.then(({ signal, stderr }) => ({ signal, stderr })) };
    },
  };
}

const WALKS: readonly string[] = ['check', 'plan', 'apply'];
const NAMED: readonly string[] = ['--steps', '--profile', '--plan', '--category'];

/** The whole walk takes several transactions, and packages: who means it names the profile. */
function stepsOf(command: string, words: readonly string[]): readonly string[] {
  return WALKS.includes(command) && !words.some((word) => NAMED.includes(word)) ? ['--steps', 'sshd'] : [];
}

/** Answers to the risky questions of the step sshd that leave every login of the lab as it is. */
export const ANSWERS = [
  '--set',
  'sshd.allow-users=root,ana,deploy',
  '--set',
  'sshd.root-login=prohibit-password',
  '--set',
  'sshd.password-login=false',
];

/** Waits for `what`, at most `limit` milliseconds. */
export async function until(what: () => Promise<boolean>, limit: number): Promise<void> {
  const end = Date.now() + limit;
  while (!(await what())) {
    if (Date.now() > end) throw new Error(`not within ${limit} ms`);
    await sleep(250);
  }
}
