import { type Control, edgeWords, type Step } from '../model/control.ts';
import { table, wrap } from '../text/wrap.ts';
import { drawn, paint, type Style, safe } from './style.ts';

/** One control in full: what is read, why, what changes, what may break, how it is undone. */
export function explainText(control: Control, step: Step, style: Style): string {
  const part = (name: string, text: string): readonly string[] => [
    '',
    paint(name, 'strong', style),
    ...wrap(safe(text, style, 2000), { width: style.columns, indent: '  ' }),
  ];
  const lines = [
    paint(safe(control.id, style), 'strong', style),
    ...wrap(safe(control.title, style), { width: style.columns }),
    drawn(`severity ${control.severity} · step ${stepName(step, style)}`, style),
    ...part('Why', control.why),
    ...part('What is read', control.reads),
    ...part(
      'What would change',
      control.remedy === undefined
        ? byHand(control)
        : 'Portcullis can set it. `portcullis plan TARGET` shows the exact change for your host and touches nothing.',
    ),
    ...part('What may break', control.mayBreak),
    ...(step.after ?? []).flatMap((edge, index) =>
      part('What comes first', edgeWords(edge)).slice(index === 0 ? 0 : 2),
    ),
    ...part(
      'How it is undone',
      control.attest === undefined
        ? `The host takes it back by itself unless a fresh login proves it. Later: portcullis rollback TARGET --step ${step.id} --yes`
        : `What you said is taken back with: portcullis attest TARGET ${control.id} --withdraw`,
    ),
    ...(control.references.length === 0 ? [] : ['', paint('References', 'strong', style)]),
    ...control.references.flatMap((it) =>
      wrap(safe(it, style), { width: style.columns, indent: '    ', first: '  - ' }),
    ),
    '',
  ];
  return lines.join('\n');
}

/** What becomes of a control that Portcullis does not set. */
function byHand({ id, attest }: Control): string {
  return attest === undefined
    ? 'Nothing by itself: you see to it on the host, and the next check judges it again.'
    : `Nothing by itself: only you can tell. ${attest.question} When it is so: portcullis attest TARGET ${id} --reason TEXT (asked again after ${attest.days} days). It never counts as passed, and is left out of the score.`;
}

/** Titles that begin with the id say it once. */
function stepName({ id, title }: Step, style: Style): string {
  return safe(title.startsWith(id) ? title : `${id}, ${title}`, style);
}

/** Every control by step. */
export function explainListText(steps: readonly Step[], style: Style): string {
  const rows = (step: Step) =>
    step.controls.map((it) => [`  ${safe(it.id, style)}`, it.severity, safe(it.title, style)]);
  const sections = steps.flatMap((step) => [
    '',
    paint(safe(step.title, style), 'strong', style),
    ...table(rows(step)),
  ]);
  return [...sections.slice(1), '', 'Read about one: portcullis explain CONTROL', ''].join('\n');
}
