import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkHtml } from '../../src/report/check-html.ts';
import { checkJson } from '../../src/report/check-json.ts';
import { checkMarkdown } from '../../src/report/check-markdown.ts';
import { checkSarif } from '../../src/report/check-sarif.ts';
import { checkText } from '../../src/report/check-text.ts';
import { explainListText, explainText } from '../../src/report/explain-text.ts';
import { historyText } from '../../src/report/history-text.ts';
import { planJson } from '../../src/report/plan-json.ts';
import { planText } from '../../src/report/plan-text.ts';
import { statementsText } from '../../src/report/statement-text.ts';
import { statusText } from '../../src/report/status-text.ts';
import { summaryText } from '../../src/report/summary-text.ts';
import { widthOf } from '../../src/text/wrap.ts';
import * as it from './fixture.ts';

const [control] = it.sshd.controls;
const asked = it.sshd.controls.find(({ attest }) => attest !== undefined);
if (control === undefined || asked === undefined) throw new Error('the fixture has no control');

const pages: Readonly<Record<string, () => string>> = {
  'check.txt': () => checkText(it.report, it.PLAIN),
  'check-verbose-narrow.txt': () => checkText(it.report, { ...it.NARROW, verbose: true }),
  'check-views.txt': () => checkText(it.viewReport, { ...it.PLAIN, views: true }),
  'check-views-narrow.txt': () => checkText(it.viewReport, { ...it.NARROW, views: true }),
  'check-views.json': () => checkJson(it.viewReport),
  'check.json': () => checkJson(it.report),
  'check.md': () => checkMarkdown(it.report),
  'check.html': () => checkHtml(it.report),
  'check.sarif': () => checkSarif(it.report),
  'plan.txt': () => planText(it.plan, it.PLAIN),
  'plan-narrow.txt': () => planText(it.plan, it.NARROW),
  'plan-brief.txt': () => planText(it.plan, { ...it.PLAIN, brief: true }),
  'plan-refused.txt': () => planText(it.refusedPlan, it.PLAIN),
  'plan-folded.txt': () => planText(it.foldedPlan, it.PLAIN),
  'plan-lists.txt': () => planText(it.listPlan, { ...it.PLAIN, brief: true }),
  'plan-packages.txt': () => planText(it.packagePlan(), it.PLAIN),
  'plan-empty.txt': () => planText(it.emptyPlan, it.PLAIN),
  'plan.json': () => planJson(it.plan),
  'statements.txt': () => statementsText(it.said, it.PLAIN),
  'statements-narrow.txt': () => statementsText(it.said, it.NARROW),
  'statements-none.txt': () => statementsText({ ...it.said, statements: [] }, it.PLAIN),
  'explain-attest.txt': () => explainText(asked, it.sshd, it.PLAIN),
  'explain.txt': () => explainText(control, it.sshd, it.PLAIN),
  'explain-list.txt': () => explainListText([it.sshd], it.PLAIN),
  'history.txt': () => historyText(it.transactions, it.PLAIN),
  'plan-incomplete.txt': () =>
    planText({ ...it.plan, complete: false, applyable: false }, { ...it.PLAIN, brief: true }),
  'check-nothing.txt': () => checkText(it.nothingReport, it.PLAIN),
  'status.txt': () => statusText(it.transactions[0], it.PLAIN, { target: 'root@shop.example.com' }),
  'status-states.txt': () =>
    it.everyState.map((one) => statusText(one, it.PLAIN, { target: 'shop' })).join('\n'),
  'status-locked.txt': () =>
    statusText(undefined, it.PLAIN, { target: 'shop', lockdown: it.lockdown }) +
    statusText(undefined, it.PLAIN, { lockdown: { ...it.lockdown, until: 1_795_307_200, loaded: false } }),
  'status-none.txt': () => statusText(undefined, it.PLAIN),
  'summary.txt': () => summaryText(it.summary, it.PLAIN),
  'summary-undone.txt': () => summaryText(it.undoneSummary, it.PLAIN),
  'summary-stages.txt': () => summaryText(it.stagesSummary, it.PLAIN),
  'summary-once.txt': () =>
    summaryText(
      { ...it.summary, message: 'Applied, proved and kept.\nsshd listens on port 2222 from now on.' },
      it.PLAIN,
    ),
  'summary-lines.txt': () =>
    summaryText({ ...it.summary, message: `It would:\nremove /etc/a\nrestore ${it.HOSTILE}\n` }, it.PLAIN),
};

describe('reports are as they were accepted (UPDATE_GOLDEN=1 accepts)', () => {
  test.each(Object.entries(pages))('%s', (name, render) => {
    const file = join(import.meta.dirname, 'golden', name.replace('.', '.golden.'));
    const text = render();
    if (process.env.UPDATE_GOLDEN === '1') writeFileSync(file, text);
    expect(existsSync(file), 'run with UPDATE_GOLDEN=1 and read what it wrote').toBe(true);
    expect(text).toBe(readFileSync(file, 'utf8'));
  });
});

describe('every page', () => {
  test.each(Object.entries(pages))(
    '%s holds no control, no bidi and no escape sequence of a hostile host',
    (_, render) => {
      expect(render()).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
    },
  );

  test.each(Object.entries(pages).filter(([name]) => name.endsWith('.txt')))(
    '%s fits its columns',
    (name, render) => {
      const columns = name.includes('narrow') ? it.NARROW.columns : it.PLAIN.columns;
      // Lines of a diff, command lines and tables are not wrapped: they are to be read and copied as they are.
      const free =
        /^ {6}[-+ @\\]|The same again|^\d{4}-|^when |^ {2}20\d\d|00-portcullis\.conf|^digest| {2}\\x1b/;
      const wide = render()
        .split('\n')
        .filter((line) => !free.test(line) && widthOf(line) > columns);
      expect(wide).toEqual([]);
    },
  );

  test.each(Object.entries(pages).filter(([name]) => name.includes('narrow')))(
    '%s is ASCII without UTF-8',
    (_, render) => {
      expect(render()).toMatch(/^[\n\u0020-\u007e]*$/);
    },
  );
});

test('colour adds nothing but colour', () => {
  const coloured = checkText(it.report, { ...it.PLAIN, color: true });
  expect(coloured).toContain(`${String.fromCharCode(27)}[31m`);
  expect(coloured.replaceAll(new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'g'), '')).toBe(
    checkText(it.report, it.PLAIN),
  );
});
