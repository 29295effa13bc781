import { known, type Reading } from '../model/outcome.ts';
import body from './disk.sh?raw';
import type { Fact } from './fact.ts';
import preamble from './sections.sh?raw';
import { linesOf, reader, type Sections, Unreadable, whole } from './sections.ts';
import type { DiskFact } from './values.ts';

/** Room and writability where a transaction writes. */
export const disk: Fact<readonly DiskFact[]> = {
  name: 'disk',
  title: 'Disk space',
  stability: 'volatile',
  script: preamble + body,
  deadline: 10,
  outputLimit: 32_768,
  parse: reader(read),
};

function read(sections: Sections): Reading<readonly DiskFact[]> {
  const mounts = linesOf(sections.body('mounts')).map((line) => {
    const [, point = '', , options = ''] = line.split(' ');
    return { point, readOnly: options.split(',').includes('ro') };
  });
  return known(
    sections.all
      .filter((section) => section.name === 'path')
      .map(({ body }) => {
        const [path, figures = ''] = linesOf(body);
        if (path === undefined) throw new Unreadable('a path without its figures');
        const [blocks, size, inodes] = figures.split(' ').map(whole);
        // Later mounts lie over earlier ones, longer ones under them.
        const over = mounts.filter(
          ({ point }) => point === '/' || path === point || path.startsWith(`${point}/`),
        );
        const longest = Math.max(0, ...over.map(({ point }) => point.length));
        return {
          path,
          freeBytes: (blocks ?? 0) * (size ?? 0),
          freeInodes: inodes ?? 0,
          readOnly: over.findLast(({ point }) => point.length === longest)?.readOnly ?? false,
        };
      }),
  );
}
