// npm run demo: installs what is missing, builds, then `portcullis demo` on this terminal (or in lines without one).
import { spawn } from 'node:child_process';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureDebian, ensureNode } from './setup.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/** Runs node with this terminal handed through. Resolves to the exit code, 128 + n when signal n ended it. */
function node(args) {
  return new Promise((settle, reject) => {
    const child = spawn(process.execPath, args, { cwd: root, stdio: 'inherit' });
    // Ctrl-C reaches the child through the terminal; this process only waits for it to end in order.
    const wait = () => {};
    process.on('SIGINT', wait);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      process.off('SIGINT', wait);
      settle(code ?? (signal === 'SIGINT' ? 130 : 143));
    });
  });
}

await ensureNode();
await ensureDebian();
const built = await node(['scripts/build.mjs']);
// What still lacks, the command itself says: it knows what a disposable host needs.
process.exitCode = built === 0 ? await node(['bin/portcullis.js', 'demo', ...process.argv.slice(2)]) : built;
