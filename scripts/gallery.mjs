// npm run gallery: prints every screen of the wizard with sample state, for review; no host is needed. The screens are the
// scenes of test/ui/scenes.ts, whose frames the tests hold. `--size 60x16` (default 80x24) and `--only NAME`, each as often as
// wanted; `--colour`.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { bundle } from './bundle.mjs';

const { values } = parseArgs({
  options: {
    size: { type: 'string', multiple: true, default: ['80x24'] },
    only: { type: 'string', multiple: true, default: [] },
    colour: { type: 'boolean', default: false },
  },
});

const sizes = values.size.map((text) => {
  const [, columns, rows] = /^([1-9]\d{0,2})x([1-9]\d{0,2})$/.exec(text) ?? [];
  if (columns === undefined) {
    wrong(`--size ${text}: COLUMNSxROWS is wanted, as 80x24`);
    process.exit();
  }
  return { columns: Number(columns), rows: Number(rows) };
});

const folder = await mkdtemp(join(tmpdir(), 'portcullis-gallery-'));
try {
  await bundle(['test/ui/gallery.ts'], folder);
  const { gallery, SCENE_NAMES } = await import(pathToFileURL(join(folder, 'gallery.js')).href);
  const unknown = values.only.find((name) => !SCENE_NAMES.includes(name));
  if (unknown === undefined) {
    // Whoever reads only the first screens closes the pipe.
    process.stdout.on('error', (error) => {
      if (error.code !== 'EPIPE') throw error;
    });
    process.stdout.write(await gallery({ sizes, only: values.only, colour: values.colour }));
  } else {
    wrong(`--only ${unknown}: no such scene; there are ${SCENE_NAMES.join(', ')}`);
  }
} finally {
  await rm(folder, { recursive: true });
}

function wrong(message) {
  console.error(message);
  process.exitCode = 64;
}
