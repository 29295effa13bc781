// Keys of the operator and what the host's sshd is told, for the tests of both transports.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect } from 'vitest';
import type { Host } from '../../src/lab/host.ts';

export function keysOn(host: () => Host, directory: () => string) {
  /** A new key in a file. */
  async function makeKey(name: string, passphrase = ''): Promise<string> {
    const file = join(directory(), name);
    await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', passphrase, '-C', name, '-f', file]);
    return file;
  }

  /** Its public half, for root. */
  async function letIn(file: string): Promise<void> {
    const key = await readFile(`${file}.pub`, 'utf8');
    const result = await host().console('cat >> /root/.ssh/authorized_keys', { stdin: key });
    expect(result.code).toBe(0);
  }

  async function sshd(settings: string): Promise<void> {
    await host().writeFile('/etc/ssh/sshd_config.d/10-test.conf', settings);
    // A reload is told before it has happened, and a client may be fast enough to meet the old one.
    const result = await host().console('sshd -t && systemctl reset-failed ssh && systemctl restart ssh');
    expect(result).toMatchObject({ code: 0, stderr: '' });
  }

  /** An agent for the tests of this block that holds these keys and no file of theirs; the one named "right" is let in. */
  function useAgent(names: readonly string[]): void {
    let agent = '';
    const before = process.env.SSH_AUTH_SOCK;
    beforeAll(async () => {
      const socket = join(directory(), 'agent.sock');
      const started = await execa('ssh-agent', ['-s', '-a', socket]);
      agent = /SSH_AGENT_PID=(\d+)/.exec(started.stdout)?.[1] ?? '';
      process.env.SSH_AUTH_SOCK = socket;
      for (const name of names) {
        const file = await makeKey(name);
        await execa('ssh-add', ['-q', file]);
        if (name === 'right') await letIn(file);
        await execa('rm', [file]);
      }
    });
    afterAll(() => {
      if (before === undefined) delete process.env.SSH_AUTH_SOCK;
      else process.env.SSH_AUTH_SOCK = before;
      if (agent !== '') process.kill(Number(agent));
    });
  }

  return { makeKey, letIn, sshd, useAgent };
}
