import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootHost, type Host } from '../../src/lab/host.ts';

describe.each(['bookworm', 'trixie'] as const)('a %s host', (image) => {
  let host: Host;

  beforeAll(async () => {
    const started = Date.now();
    host = await bootHost({ image, onProgress: (line) => process.stderr.write(`${line}\n`) });
    process.stderr.write(`${Date.now() - started} ms\n`);
  });
  afterAll(async () => {
    await host?.destroy();
  });

  it('lets root in with the operator key, over IPv4 and IPv6', async () => {
    const v4 = await host.ssh('id -u; echo $SSH_CONNECTION');
    expect(v4.stderr).toBe('');
    expect(v4.stdout).toMatch(new RegExp(`^0\n${host.operatorAddress} \\d+ ${host.address} 22\n$`));
    const v6 = await host.ssh('echo $SSH_CONNECTION', { address: host.address6 });
    expect(v6.stdout).toMatch(new RegExp(`^${host.operatorAddress6} \\d+ ${host.address6} 22\n$`));
  });

  it('sees a stranger come from another address', async () => {
    const seen = await host.ssh('echo ${SSH_CONNECTION%% *}', { options: ['-b', host.strangerAddress] });
    expect(seen.stdout).toBe(`${host.strangerAddress}\n`);
    const seen6 = await host.ssh('echo ${SSH_CONNECTION%% *}', {
      options: ['-b', host.strangerAddress6],
      address: host.address6,
    });
    expect(seen6.stdout).toBe(`${host.strangerAddress6}\n`);
  });

  it('has a sudo user with a password and one without', async () => {
    const ana = host.users.find((user) => user.name === 'ana');
    const asked = await host.ssh("sudo -S -p '' id -u", { user: 'ana', stdin: `${ana?.password}\n` });
    expect(asked.stdout).toBe('0\n');
    expect((await host.ssh('sudo -n id -u', { user: 'ana' })).code).toBe(1);
    expect((await host.ssh('sudo -n id -u', { user: 'deploy' })).stdout).toBe('0\n');
  });

  it('opens its console without ssh, and tells exit code, output and errors apart', async () => {
    const result = await host.console('cat; echo "$1" >&2; exit 7', { stdin: 'in', args: ['it’s "quoted"'] });
    expect(result).toEqual({ code: 7, stdout: 'in', stderr: 'it’s "quoted"\n' });
    expect(await host.settled()).toBe('running');
  });
});
