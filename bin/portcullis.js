#!/usr/bin/env node
// Launcher only. Rules: says clearly when this Node is too old or nothing is built; settles what libraries read while they
// load (mode of React, colour, devtools) and only then loads the program; plain syntax, so that an old Node can read it.

const MINIMUM = [20, 19];
const found = process.versions.node.split('.').map(Number);
const enough = found[0] > MINIMUM[0] || (found[0] === MINIMUM[0] && found[1] >= MINIMUM[1]);

if (!enough) {
  process.stderr.write(
    `portcullis: needs Node.js ${MINIMUM.join('.')} or newer, this is ${process.versions.node}\n` +
      '  install a newer one from https://nodejs.org or your package manager, then try again\n',
  );
  process.exitCode = 1;
} else {
  launch();
}

async function launch() {
  const { env, argv } = process;
  env.NODE_ENV = env.NODE_ENV || 'production';
  // Ink would look for a debugger of its own.
  delete env.DEV;
  // "CI=false" means no; Ink and its colour library look only whether it is there.
  if (/^(false|0|)$/i.test(env.CI === undefined ? 'unset' : env.CI)) delete env.CI;
  // Its colour library knows FORCE_COLOR only.
  const options = argv.slice(2);
  const end = options.indexOf('--');
  const noColor = options.slice(0, end < 0 ? options.length : end).includes('--no-color');
  if (env.NO_COLOR || noColor || env.TERM === 'dumb') env.FORCE_COLOR = '0';

  const { existsSync } = await import('node:fs');
  const program = new URL('../dist/cli.js', import.meta.url);
  if (!existsSync(program)) {
    process.stderr.write(
      'portcullis: the program is not built yet (dist/cli.js is missing)\n' +
        '  in a checkout, run: npm run setup && npm run build\n',
    );
    process.exitCode = 1;
    return;
  }
  const module = await import('node:module');
  // Newer Nodes keep compiled code between runs.
  if (module.enableCompileCache) module.enableCompileCache();
  await import(program.href);
}
