// An answer that is a list of addresses and networks: what may be in it, and how it is edited row by row.
import type { AnswerTable } from '../model/answer-table.ts';
import type { AnswerValue } from '../model/control.ts';
import { sourceGrammar } from '../text/grammar.ts';

type Pinned = { readonly cells: readonly string[]; readonly why: string };

/** `pinned`: rows that hold whatever is answered. `word`: one that may stand instead of an address. */
export function addressTable(pinned: readonly Pinned[] = [], word?: string): AnswerTable {
  const or = word === undefined ? '' : `; or ${word}`;
  return {
    columns: [{ title: 'Address', help: `an address, or a network: 192.0.2.0/24, 2001:db8::/48${or}` }],
    blank: [''],
    read: (entry) => [entry],
    write: ([cell = '']) => {
      const entry = cell.trim();
      const problem = entry === word ? undefined : addressesProblem([entry]);
      return problem === undefined ? { entry } : { column: 0, problem };
    },
    pinned: () => pinned,
  };
}

/** The answer as texts. */
export function addressesIn(value: AnswerValue | undefined): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

/** What is wrong with the first of them that is no address and no network. */
export function addressesProblem(list: readonly string[]): string | undefined {
  const wrong = list.flatMap((one) => sourceGrammar(one) ?? [])[0];
  return wrong === undefined ? undefined : `${wrong.what}; allowed: ${wrong.allowed}; ${wrong.fix}`;
}
