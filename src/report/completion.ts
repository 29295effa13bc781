// Rules: completion scripts are made from the command table, so they cannot fall behind it. Words and descriptions are data in
// these scripts: quoted, never pasted. A value that is one of a few is completed; any other value falls back to files.
import { sanitizeLine } from '../text/sanitize.ts';

/** A command as the completion sees it; the root carries the name of the program. */
export type CommandShape = {
  readonly name: string;
  readonly description: string;
  readonly options: readonly OptionShape[];
  readonly subcommands: readonly CommandShape[];
};

export type OptionShape = {
  /** With its dashes: "--format". */
  readonly long: string;
  readonly description: string;
  readonly choices: readonly string[];
  readonly takesValue: boolean;
};

export type Shell = 'bash' | 'zsh' | 'fish';

/** A command with the words that lead to it: " profile list"; the root has "". */
type Place = { readonly path: string; readonly shape: CommandShape };

/** The script a shell sources. Throws RangeError when a word could not be typed as one. */
export function completionScript(shell: Shell, shape: CommandShape): string {
  const places = placesOf(shape, '');
  for (const place of places) checkWords(place.shape);
  return { bash: bashScript, zsh: zshScript, fish: fishScript }[shell](shape.name, places);
}

function placesOf(shape: CommandShape, path: string): readonly Place[] {
  return [{ path, shape }, ...shape.subcommands.flatMap((it) => placesOf(it, `${path} ${it.name}`))];
}

function checkWords(shape: CommandShape): void {
  const words = [shape.name, ...shape.options.flatMap((it) => [it.long, ...it.choices])];
  const strange = words.find((word) => !/^[A-Za-z0-9][\w.:@+-]*$|^--[a-z0-9-]+$/.test(word));
  if (strange !== undefined) throw new RangeError(`"${strange}" cannot be completed as a word`);
}

function single(text: string, limit = 120): string {
  return `'${sanitizeLine(text, limit).replaceAll("'", `'"'"'`)}'`;
}

function wordsOf(shape: CommandShape): readonly string[] {
  return [...shape.subcommands.map((it) => it.name), ...shape.options.map((it) => it.long)];
}

/** "case" arms that lengthen the path by a subcommand; the same in bash and zsh. */
function pathPattern(places: readonly Place[]): string {
  return places
    .map((it) => (it.path === '' ? '' : single(it.path)))
    .filter((it) => it !== '')
    .join('|');
}

/** "case" arms for values of options; options with the same values share one. */
function valueArms(places: readonly Place[], arm: (words: string) => string): readonly string[] {
  const byWords = new Map<string, readonly string[]>();
  for (const { path, shape } of places) {
    for (const it of shape.options.filter((option) => option.takesValue)) {
      const words = it.choices.join(' ');
      byWords.set(words, [...(byWords.get(words) ?? []), single(`${path} ${it.long}`)]);
    }
  }
  return [...byWords].map(([words, patterns]) => `    ${patterns.join('|')}) ${arm(words)} ;;`);
}

function bashScript(name: string, places: readonly Place[]): string {
  const commands = pathPattern(places);
  return `# bash completion for ${name}; source it, or put it into your bash-completion folder
_${name}() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} path='' words='' index
  COMPREPLY=()
  for ((index = 1; index < COMP_CWORD; index++)); do
    case "$path \${COMP_WORDS[index]}" in
      ${commands === '' ? "''" : commands}) path="$path \${COMP_WORDS[index]}" ;;
    esac
  done
  case "$path $previous" in
${valueArms(places, (words) => (words === '' ? 'mapfile -t COMPREPLY < <(compgen -f -- "$current"); return' : `words=${single(words)}`)).join('\n')}
    *) case "$path" in
${places.map(({ path, shape }) => `      ${single(path)}) words=${single(wordsOf(shape).join(' '), Infinity)} ;;`).join('\n')}
    esac ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
  if [[ $current != -* && $previous != -* ]]; then
    mapfile -t -O "\${#COMPREPLY[@]}" COMPREPLY < <(compgen -A hostname -- "$current")
  fi
}
complete -o default -F _${name} ${name}
`;
}

function zshScript(name: string, places: readonly Place[]): string {
  const commands = pathPattern(places);
  const described = ({ shape }: Place) =>
    [
      ...shape.subcommands.map((it) => [it.name, it.description] as const),
      ...shape.options.map((it) => [it.long, it.description] as const),
    ]
      .map(([word, text]) => single(`${word}:${text.replaceAll('\\', '\\\\').replaceAll(':', '\\:')}`))
      .join(' ');
  return `#compdef ${name}
# zsh completion for ${name}; put it as _${name} into a folder of your $fpath
_${name}() {
  local path_so_far='' previous=\${words[CURRENT-1]} index
  local -a choices
  for ((index = 2; index < CURRENT; index++)); do
    case "$path_so_far \${words[index]}" in
      ${commands === '' ? "''" : commands}) path_so_far="$path_so_far \${words[index]}" ;;
    esac
  done
  case "$path_so_far $previous" in
${valueArms(places, (words) => (words === '' ? '_files; return' : `choices=(${words}); _describe value choices; return`)).join('\n')}
  esac
  case "$path_so_far" in
${places.map((place) => `    ${single(place.path)}) choices=(${described(place)}) ;;`).join('\n')}
  esac
  _describe command choices
  [[ \${words[CURRENT]} == -* ]] || _hosts
}
if [[ $funcstack[1] == _${name} ]]; then _${name} "$@"; else compdef _${name} ${name}; fi
`;
}

function fishScript(name: string, places: readonly Place[]): string {
  const paths = places
    .filter((it) => it.path !== '')
    .map((it) => fishQuote(it.path))
    .join(' ');
  const lines = places.flatMap(({ path, shape }) => {
    const when = fishQuote(`__${name}_at ${fishQuote(path)}`);
    const subcommands = shape.subcommands.map(
      (it) => `complete -c ${name} -n ${when} -a ${it.name} -d ${fishQuote(it.description)}`,
    );
    const options = shape.options.map((it) => {
      const value = it.takesValue
        ? it.choices.length > 0
          ? ` -x -a ${fishQuote(it.choices.join(' '))}`
          : ' -r'
        : '';
      return `complete -c ${name} -n ${when} -l ${it.long.slice(2)}${value} -d ${fishQuote(it.description)}`;
    });
    return [...subcommands, ...options];
  });
  return `# fish completion for ${name}; put it into ~/.config/fish/completions/${name}.fish
function __${name}_at
    set -l path ''
    for word in (commandline -opc)[2..-1]
        if contains -- "$path $word" ${paths}
            set path "$path $word"
        end
    end
    test "$path" = "$argv[1]"
end
complete -c ${name} -f -a '(__fish_print_hostnames)'
${lines.join('\n')}
`;
}

function fishQuote(text: string): string {
  return `'${sanitizeLine(text, 200).replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
