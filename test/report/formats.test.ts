import { describe, expect, test } from 'vitest';
import { checkHtml } from '../../src/report/check-html.ts';
import { checkJson } from '../../src/report/check-json.ts';
import { checkMarkdown } from '../../src/report/check-markdown.ts';
import { checkSarif } from '../../src/report/check-sarif.ts';
import { planJson } from '../../src/report/plan-json.ts';
import * as it from './fixture.ts';

describe('JSON', () => {
  test('holds every finding with its reason, and the counts add up', () => {
    const parsed = JSON.parse(checkJson(it.report)) as {
      findings: { why: string }[];
      counts: Record<string, number>;
      score: number;
    };
    expect(parsed.findings).toHaveLength(it.report.findings.length);
    expect(Object.values(parsed.counts).reduce((sum, count) => sum + count, 0)).toBe(
      it.report.findings.length,
    );
    expect(parsed.findings.every((one) => one.why !== '')).toBe(true);
  });
  test('of a plan has a diff for every change of text and no file contents', () => {
    const text = planJson(it.plan);
    const parsed = JSON.parse(text) as { changes: { diff: string | null }[]; contents?: unknown };
    expect(parsed.changes[0]?.diff).toContain('+PasswordAuthentication no');
    expect(parsed.changes[1]?.diff).toBeNull();
    expect(parsed.contents).toBeUndefined();
    expect(text).not.toContain('c2VjcmV0');
  });
});

describe('HTML', () => {
  const page = checkHtml(it.report);
  test('has no script, no handler and fetches nothing', () => {
    expect(page).not.toMatch(/<script|<img|<link|<iframe|\son\w+=|javascript:|url\(|@import/i);
    expect(page).toContain("default-src 'none'");
    expect([...page.matchAll(/(?:src|href)=/g)]).toEqual([]);
  });
  test('closes every element it opens', () => {
    const open: string[] = [];
    for (const [, close, name = ''] of page.matchAll(/<(\/?)([a-z][a-z0-9]*)\b[^>]*>/g)) {
      if (name === 'meta') continue;
      if (close === '') open.push(name);
      else expect(open.pop()).toBe(name);
    }
    expect(open).toEqual([]);
  });
});

test('Markdown of a hostile host has one cell a column and no link of its own', () => {
  const rows = checkMarkdown(it.report)
    .split('\n')
    .filter((line) => line.startsWith('| '));
  for (const row of rows) expect(row.match(/(?<!\\)\|/g)).toHaveLength(6);
  expect(checkMarkdown(it.report)).not.toMatch(/(?<!\\)\]\(|<script|http:\/\//);
});

describe('SARIF', () => {
  type Result = {
    ruleId: string;
    ruleIndex: number;
    kind: string;
    level: string;
    message: { text: string };
    locations: object[];
  };
  type Log = {
    version: string;
    runs: {
      tool: {
        driver: { name: string; rules: { id: string; properties: { 'security-severity': string } }[] };
      };
      results: Result[];
    }[];
  };
  const log = JSON.parse(checkSarif(it.report)) as Log;
  const [run] = log.runs;

  test('is version 2.1.0 with one run of one tool', () => {
    expect(log.version).toBe('2.1.0');
    expect(log.runs).toHaveLength(1);
    expect(run?.tool.driver.name).toBe('Portcullis');
  });
  test('every result points at its rule', () => {
    for (const result of run?.results ?? []) {
      expect(run?.tool.driver.rules[result.ruleIndex]?.id).toBe(result.ruleId);
      expect(result.message.text).not.toBe('');
      expect(result.locations).toHaveLength(1);
    }
    expect(run?.results).toHaveLength(it.report.findings.length);
  });
  test('only a failure has a level, and kinds are words of the standard', () => {
    for (const { kind, level } of run?.results ?? []) {
      expect(['pass', 'fail', 'open', 'notApplicable', 'review', 'informational']).toContain(kind);
      expect(kind === 'fail' ? ['error', 'warning', 'note'] : ['none']).toContain(level);
    }
  });
});
