// Rules: which block of which file a site comes from: the one whose addresses have all of its names on its port. Where two fit, or the name
// came out of a snippet's arguments, none is told: nothing is edited on a guess.
import { caddyEditor } from '../editors/caddyfile.ts';
import type { Directive } from '../editors/directive-tree.ts';
import { sanitizeLine } from '../text/sanitize.ts';
import type { CaddyDirective, CaddySite } from './caddy-values.ts';
import type { ConfigFile } from './values.ts';

type Place = NonNullable<CaddySite['place']>;
type Block = { readonly addresses: readonly string[]; readonly place: Place };

export type CaddyBlocks = {
  /** `port`: the one that its server listens on. */
  readonly find: (it: { readonly names: readonly string[]; readonly port: number }) => Place | undefined;
  readonly problems: readonly string[];
};

/** `ports`: those that Caddy takes for http and https. */
export function blocksOf(files: readonly ConfigFile[], ports: readonly [number, number]): CaddyBlocks {
  const problems: string[] = [];
  const all = files.flatMap((file): readonly Block[] => {
    const parsed = file.inexact ? undefined : caddyEditor.parse(file.text);
    if (parsed === undefined) {
      problems.push(`${file.path} is not plain UTF-8 text`);
      return [];
    }
    if (!parsed.ok) {
      const { line, what } = parsed.problem;
      problems.push(`${file.path}, line ${line}: ${what}`);
      return [];
    }
    const odd = /\{\$[^}\n]*\}/.exec(file.text);
    if (odd !== null)
      problems.push(
        `${file.path}, line ${lineAt(file, odd.index)}: ${odd[0]} comes from the environment of Caddy, which is not read`,
      );
    return blocksIn(file, parsed.value.children);
  });
  return {
    find: ({ names, port }) => {
      const wanted = names.length === 0 ? [`:${port}`] : names.map((name) => `${name.toLowerCase()}:${port}`);
      const found = all.filter(({ addresses }) => {
        const keys = addresses.map((address) => keyOf(address, ports));
        return wanted.every((one) => keys.includes(one));
      });
      return found.length === 1 ? found[0]?.place : undefined;
    },
    problems: problems.map((one) => sanitizeLine(one, 300)),
  };
}

const lineAt = ({ text }: ConfigFile, offset: number): number => text.slice(0, offset).split('\n').length;

function blocksIn(file: ConfigFile, children: readonly Directive[]): readonly Block[] {
  const [first, ...rest] = children;
  // One site without braces: its addresses, then its directives.
  if (first !== undefined && first.block === null && first.words[0]?.text !== 'import')
    return [
      { addresses: wordsOf(first), place: { file: file.realPath, at: [], line: 1, own: rest.map(said) } },
    ];
  const seen = new Map<string, number>();
  return children.flatMap((one) => {
    const name = one.words[0]?.text ?? '';
    const nth = seen.get(name) ?? 0;
    seen.set(name, nth + 1);
    if (one.block === null || name.startsWith('(')) return [];
    const line = lineAt(file, one.start);
    const own = one.block.children.map(said);
    return [{ addresses: wordsOf(one), place: { file: file.realPath, at: [{ name, nth }], line, own } }];
  });
}

const wordsOf = ({ words }: Directive): readonly string[] => words.map(({ text }) => text.replace(/,$/, ''));

function said({ words, block }: Directive): CaddyDirective {
  const [name = '', ...args] = words.map(({ text }) => text);
  return { name, args, block: block !== null, children: (block?.children ?? []).map(said) };
}

/** "host:port" of an address of a site, as Caddy reads it. */
function keyOf(address: string, [plain, secure]: readonly [number, number]): string {
  const [, scheme = '', where = ''] = /^(?:(https?):\/\/)?([^/]*)/i.exec(address) ?? [];
  const [, host = '', port = ''] = /^(.*?)(?::(\d{1,5}))?$/.exec(where) ?? [];
  const standard = scheme.toLowerCase() === 'http' ? plain : secure;
  const name = host.toLowerCase().replace(/^\[|\]$/g, '');
  return `${name}:${port === '' ? standard : port}`;
}
