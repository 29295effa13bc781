// Makes a fresh clone able to run: npm packages exactly as locked, and the Debian packages the lab needs.
// Rules: plain Node without dependencies; does nothing, fast, when all is there; talks on stderr only; installs
// Debian packages only as root on Debian, and elsewhere says what is missing.
import { spawn } from 'node:child_process';
import { accessSync, constants, readFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const project = resolve(fileURLToPath(new URL('..', import.meta.url)));
const say = (line) => process.stderr.write(`setup: ${line}\n`);

/** Installs the npm packages when node_modules is not what package-lock.json says. Resolves to true when it had to. */
export async function ensureNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    throw new Error(`Node ${process.versions.node} is too old: Portcullis needs 20.19 or newer`);
  }
  if (!nodeModulesStale()) return false;
  say('npm packages wanted (npm ci)');
  await run('npm', ['ci', '--no-audit', '--no-fund'], { attempts: 2 });
  say('npm packages installed');
  return true;
}

function nodeModulesStale() {
  const wanted = readJson('package-lock.json')?.packages ?? {};
  const installed = readJson('node_modules/.package-lock.json')?.packages;
  if (!installed) return true;
  return Object.entries(wanted).some(([path, entry]) => {
    if (path === '' || entry.optional || entry.link) return false;
    return installed[path]?.version !== entry.version;
  });
}

/**
 * Installs the Debian packages of src/lab/debian-packages.txt that are missing. Resolves to what is still missing
 * (package names); empty means that the lab's tools are there.
 */
export async function ensureDebian() {
  const missing = missingPackages();
  if (missing.length === 0) return [];
  const names = missing.join(' ');
  if (process.platform !== 'linux' || !onPath('apt-get') || process.getuid?.() !== 0) {
    say(`not installed, because this is not root on Debian: ${names}`);
    return missing;
  }
  say(`Debian packages wanted: ${names}`);
  const install = ['install', '--yes', '--no-install-recommends', ...missing];
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' };
  try {
    await run('apt-get', [...QUIET, ...install], { environment });
  } catch {
    say('package lists refreshed first (apt-get update)');
    await run('apt-get', [...QUIET, 'update'], { environment, attempts: 2 });
    await run('apt-get', [...QUIET, ...install], { environment, attempts: 2 });
  }
  const still = missingPackages();
  say(still.length === 0 ? 'Debian packages installed' : `still missing: ${still.join(' ')}`);
  return still;
}

// Another apt on this machine is waited for, not fought.
const QUIET = ['-o', 'DPkg::Lock::Timeout=300', '-o', 'Dpkg::Use-Pty=0', '-q'];

function missingPackages() {
  const list = readFileSync(join(project, 'src/lab/debian-packages.txt'), 'utf8');
  const missing = new Set();
  for (const line of list.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const [needs, debianPackage] = line.split(' ');
    if (!onPath(needs)) missing.add(debianPackage);
  }
  return [...missing];
}

function onPath(need) {
  const directories = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  const candidates = need.startsWith('/') ? [need] : directories.map((directory) => join(directory, need));
  return candidates.some((candidate) => {
    try {
      accessSync(candidate, need.startsWith('/') ? constants.R_OK : constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function readJson(name) {
  try {
    return JSON.parse(readFileSync(join(project, name), 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

async function run(command, args, { environment = process.env, attempts = 1 } = {}) {
  for (let attempt = 1; ; attempt += 1) {
    const code = await new Promise((settle, fail) => {
      // The child's own progress belongs to the person too, but stdout stays free for results.
      const child = spawn(command, args, { cwd: project, env: environment, stdio: ['ignore', 2, 2] });
      child.once('error', fail);
      child.once('close', settle);
    });
    if (code === 0) return;
    if (attempt >= attempts) throw new Error(`${command} ${args.join(' ')} ended with ${code}`);
    say(`${command} ended with ${code}; tried again`);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await ensureNode();
  const missing = await ensureDebian();
  if (missing.length > 0) process.exitCode = 1;
}
