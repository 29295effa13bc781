// The editor of one syntax of directives: the contract of every editor, and putting a new directive in.
import {
  type DirectiveDocument,
  type DirectivePath,
  getArgs,
  insertDirective,
  type NewDirective,
  removeDirective,
  type Syntax,
  setArgs,
} from './directive-tree.ts';
import type { Editor, Result } from './editor.ts';

type Insertion = {
  readonly document: DirectiveDocument;
  /** The block it goes into; empty for the file itself. */
  readonly path: DirectivePath;
  readonly directive: NewDirective;
  readonly at?: 'start' | 'end';
};

/** Values are all arguments of the one directive that a path means. `insert`: one more, with a block of its own if it has children. */
export function directiveEditor(syntax: Syntax): {
  readonly editor: Editor<DirectiveDocument, DirectivePath, readonly string[]>;
  readonly insert: (it: Insertion) => Result<string>;
} {
  return {
    editor: {
      parse: syntax.parse,
      get: getArgs,
      set: (document, path, args) => setArgs(syntax, document, path, args),
      remove: (document, path) => removeDirective(syntax, document, path),
    },
    insert: (it) => insertDirective(syntax, it),
  };
}
