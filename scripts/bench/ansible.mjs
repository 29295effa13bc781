// The same three steps by Ansible, as it is fastest: pipelining, one login kept open for the run, its own ssh. Rules: both tools begin
// at the same host, in turn; a run of either is a cold process; what the playbook (scripts/bench/gates.yml) writes is what our plan writes.
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../bundle.mjs';

/** What the fail2ban and firewall steps need, and Ansible's own needs on a host: both find it there. */
export const ON_HOST = ['fail2ban', 'python3-systemd', 'nftables', 'python3', 'python3-apt'];

/** Installs ansible-core from this machine's own Debian source where it lacks; rejects when that does not work. */
export async function ensureAnsible() {
  if ((await ended('sh', ['-c', 'command -v ansible-playbook'])).code === 0) return;
  const install = ['-q', '-y', 'install', '--no-install-recommends', 'ansible-core'];
  const { code, said } = await ended('apt-get', install, { DEBIAN_FRONTEND: 'noninteractive' });
  if (code !== 0) throw new Error(`ansible-core was not installed:\n${said}`);
}

function ended(file, args, more = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { env: { ...process.env, ...more }, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, said }));
  });
}

/**
 * A way to run the playbook against a host. `known` is a known_hosts file; `facts` are variables for it. Each run has a folder of its
 * own for the kept login, which is closed after it: every run logs in once.
 */
export function playbook({ host, at, known, folder, facts }) {
  let number = 0;
  return async (...words) => {
    number += 1;
    const own = join(folder, `ansible-${at.port}-${number}`);
    mkdirSync(own, { recursive: true, mode: 0o700 });
    const variables = join(own, 'facts.json');
    writeFileSync(variables, JSON.stringify(facts));
    // Nothing of this machine's own settings.
    const config = join(own, 'ansible.cfg');
    writeFileSync(config, '[defaults]\n');
    const begun = performance.now();
    const { code, said } = await ended(
      'ansible-playbook',
      [
        ...['-i', `${at.host},`, '-u', 'root', '--private-key', host.keyFile],
        ...['-e', `ansible_port=${at.port}`, '-e', `@${variables}`, ...words],
        join(root, 'scripts/bench/gates.yml'),
      ],
      {
        HOME: folder,
        LC_ALL: 'C.UTF-8',
        ANSIBLE_CONFIG: config,
        ANSIBLE_PIPELINING: 'True',
        ANSIBLE_PYTHON_INTERPRETER: '/usr/bin/python3',
        ANSIBLE_SSH_CONTROL_PATH_DIR: own,
        ANSIBLE_SSH_COMMON_ARGS: `-F none -o IdentitiesOnly=yes -o IdentityAgent=none -o UserKnownHostsFile=${known} -o GlobalKnownHostsFile=/dev/null`,
        ANSIBLE_LOCAL_TEMP: join(own, 'tmp'),
        ANSIBLE_NOCOLOR: '1',
      },
    );
    const took = performance.now() - begun;
    if (code !== 0)
      throw new Error(`ansible-playbook ${words.join(' ')}: exit ${code}\n${said.slice(-3000)}`);
    for (const name of readdirSync(own).filter((one) => /^[0-9a-f]{10}$/.test(one)))
      await ended('ssh', ['-F', 'none', '-o', `ControlPath=${join(own, name)}`, '-O', 'exit', at.host]);
    return took;
  };
}
