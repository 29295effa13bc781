import type { ImageName, LabProgress } from './images.ts';
import type { Manifest } from './manifest.ts';
import type { Relay } from './relay.ts';
import type { RunOptions, ShellResult } from './shell.ts';

export interface BootOptions {
  readonly image: ImageName;
  /** Hostname; the image's name when left out. */
  readonly name?: string;
  /** Absolute directory → size ("8M"): a small disk of its own there, for full-disk tests. Survives power cuts. */
  readonly smallDisks?: Readonly<Record<string, string>>;
  /** Changes the root directory (a path on this machine) before the first boot. */
  readonly prepare?: (root: string) => Promise<void>;
  readonly onProgress?: LabProgress;
}

export interface LabUser {
  readonly name: 'root' | 'ana' | 'deploy';
  /** Undefined for an account without a password. */
  readonly password: string | undefined;
  readonly sudo: 'root' | 'password' | 'nopasswd';
}

interface SshOptions extends RunOptions {
  readonly user?: LabUser['name'];
  /** More `ssh` options, before the destination. */
  readonly options?: readonly string[];
  readonly address?: string;
  readonly port?: number;
}

/** What must answer before boot() and reboot() return: sshd on a port, or only PID 1. */
export interface ReadyOptions {
  readonly until?: 'sshd' | 'console';
  /** Where sshd is awaited; 22 when left out. */
  readonly port?: number;
  /** Milliseconds; 30,000 when left out. */
  readonly timeout?: number;
}

export interface Host {
  readonly name: string;
  readonly image: ImageName;
  readonly address: string;
  readonly address6: string;
  /** This machine, as the host sees ordinary connections come. */
  readonly operatorAddress: string;
  readonly operatorAddress6: string;
  /** A second address of this machine: bind to it (`ssh -b`) to come as somebody else. */
  readonly strangerAddress: string;
  readonly strangerAddress6: string;
  /** This machine's end of the link. */
  readonly link: string;
  readonly keyFile: string;
  readonly publicKey: string;
  readonly knownHostsFile: string;
  /** SHA256 fingerprint of the ed25519 host key. */
  readonly hostKeyFingerprint: string;
  readonly fingerprints: Readonly<Record<'ed25519' | 'ecdsa' | 'rsa', string>>;
  readonly users: readonly LabUser[];
  /** A folder of this machine that goes away with the host, however it goes. */
  readonly folder: string;
  /** The host's root directory, as a path of this machine. */
  readonly root: string;
  readonly running: boolean;
  /** Settles when the host has stopped by itself or was cut. */
  readonly stopped: Promise<void>;
  /** Process id of the host's PID 1 on this machine. */
  readonly leader: number;
  /** Runs a POSIX sh script as root inside, without ssh. Never throws for a failing script. */
  console(script: string, options?: RunOptions): Promise<ShellResult>;
  /** `ssh` arguments for a login with the operator's key and the pinned host keys, without the command. */
  sshArguments(options?: SshOptions): string[];
  /** Runs a command line over a new ssh connection. */
  ssh(command: string, options?: SshOptions): Promise<ShellResult>;
  readFile(path: string): Promise<string>;
  /** Writes a file as root through the console; mode is octal text ("0644"), kept when the file exists. */
  writeFile(path: string, content: string, mode?: string): Promise<void>;
  /** Takes the link away as a pulled cable would: no FIN, no RST. */
  cut(): Promise<void>;
  restore(): Promise<void>;
  /** A way to the host with latency: every chunk `milliseconds` late, each way. Closed by destroy(). */
  delay(milliseconds: number, port?: number): Promise<Relay>;
  /** Stops every process of the host; later freeze ends with thaw(). */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  /** SIGKILL to the host's PID 1: nothing inside gets to run again. */
  powerCut(): Promise<void>;
  /** Boots again on the same root, after a power cut, a power-off, or a reboot started from inside. */
  boot(options?: ReadyOptions): Promise<void>;
  /** `systemctl reboot` inside, then boot(). */
  reboot(options?: ReadyOptions): Promise<void>;
  /** Waits until the host's boot jobs are done; gives systemd's word (running, degraded). */
  settled(): Promise<string>;
  /** Everything a run could change on the host, once its boot jobs are done; compare with diffManifests(). */
  manifest(): Promise<Manifest>;
  /** Takes the host away: processes, mounts, link, files. May be called twice. */
  destroy(): Promise<void>;
}
