// What can be done about the plan, by words. Rules: Enter leaves; nothing is taken for "apply" but that word; a name that is none is
// told which there are; what only looks is answered here and asked again.
import type { Step } from '../model/control.ts';
import { explainText } from '../report/explain-text.ts';
import { historyText } from '../report/history-text.ts';
import { LOCKDOWN_WORD } from '../report/lockdown-form.ts';
import { safe } from '../report/style.ts';
import { nearest } from '../text/nearest.ts';
import { wrap } from '../text/wrap.ts';
import type { Talk } from './talk.ts';
import { askLine } from './terminal.ts';

export type Act =
  | { readonly kind: 'apply' }
  | { readonly kind: 'change'; readonly step: Step }
  | { readonly kind: 'skip'; readonly step: string }
  | { readonly kind: 'without'; readonly control: string }
  | { readonly kind: 'undo'; readonly step: string | undefined }
  | { readonly kind: 'lockdown' };

type Menu = {
  readonly steps: readonly Step[];
  readonly skipped: ReadonlySet<string>;
  readonly without: ReadonlySet<string>;
  /** There is something that may be applied. */
  readonly applicable: boolean;
};

/** What the person wants; undefined: to leave. */
export async function askAct(talk: Talk, menu: Menu): Promise<Act | undefined> {
  tell(talk, menu);
  const can = menu.applicable && !talk.dryRun;
  const message = can
    ? 'Type "apply" to apply this, another of these words, or Enter to leave:'
    : 'Type one of these words, or Enter to leave:';
  for (;;) {
    const typed = await askLine({ message }, talk.terminal);
    if (typed === undefined || typed.trim() === '') return undefined;
    const act = await read(talk, menu, typed.trim());
    if (act !== undefined) return act;
  }
}

function tell({ write, style, dryRun }: Talk, { steps, skipped, without, applicable }: Menu): void {
  const names = steps.map(({ id }) => id).join(', ');
  const rows = [
    ...(applicable && !dryRun
      ? [['apply', 'apply all of it, stage by stage; each is kept by your word']]
      : []),
    ['change STEP', `see a step and answer its questions again: ${names}`],
    ['skip STEP', `leave a step out, or take it in again${list(skipped)}`],
    ['without CONTROL', `leave a finding as it is, or take it in again${list(without)}`],
    ['explain CONTROL', 'why, what is read, what may break, how it is undone'],
    ['history', 'what was done to this host'],
    ...(dryRun
      ? []
      : [
          ['undo', 'take back the last run that was kept; "undo STEP" one step of it'],
          [LOCKDOWN_WORD, 'for an emergency: administration from your addresses only'],
        ]),
  ];
  for (const [word = '', means = ''] of rows) {
    const first = `  ${word.padEnd(17)}`;
    const lines = wrap(safe(means, style, 2000), { width: style.columns, indent: ' '.repeat(19), first });
    write(`${lines.join('\n')}\n`);
  }
}

const list = (names: ReadonlySet<string>) => (names.size === 0 ? '' : ` (out now: ${[...names].join(', ')})`);

async function read(talk: Talk, menu: Menu, typed: string): Promise<Act | undefined> {
  const [word = '', name = ''] = typed.split(/\s+/);
  const { steps } = menu;
  const step = steps.find(({ id }) => id === name);
  const say = (text: string) => void talk.write(`${safe(text, talk.style, 500)}\n`);
  const noStep = () => say(`There is no step "${name}" here: ${steps.map(({ id }) => id).join(', ')}.`);
  if (talk.dryRun && ['apply', 'undo', LOCKDOWN_WORD].includes(word)) {
    say('This is a dry run: nothing is changed.');
    return undefined;
  }
  switch (word) {
    case 'apply':
      if (menu.applicable) return { kind: 'apply' };
      say('There is nothing that may be applied.');
      return undefined;
    case 'change': {
      // Where there is one step, it is meant.
      const meant = name === '' && steps.length === 1 ? steps[0] : step;
      return meant === undefined ? noStep() : { kind: 'change', step: meant };
    }
    case 'skip':
      return step === undefined ? noStep() : { kind: 'skip', step: step.id };
    case 'undo':
      if (name === '') return { kind: 'undo', step: undefined };
      return { kind: 'undo', step: name };
    case LOCKDOWN_WORD:
      return { kind: 'lockdown' };
    case 'history':
      talk.write(historyText(await talk.session.history(), talk.style));
      return undefined;
    case 'without':
    case 'explain': {
      const owner = steps.find(({ controls }) => controls.some(({ id }) => id === name));
      const control = owner?.controls.find(({ id }) => id === name);
      if (owner === undefined || control === undefined) {
        const near = nearest(
          name,
          steps.flatMap(({ controls }) => controls.map(({ id }) => id)),
        );
        return say(`There is no control "${name}"${near === undefined ? '' : `; did you mean ${near}?`}`);
      }
      if (word === 'without') return { kind: 'without', control: control.id };
      talk.write(explainText(control, owner, talk.style));
      return undefined;
    }
    default:
      return say(`"${word}" is none of these words.`);
  }
}
