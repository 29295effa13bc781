// Rules: one event, one line of plain text, or none where a line would only be noise: what is in progress is told with
// `verbose`, what is done always. Progress reads noun + past participle. Nothing is redrawn.

import type { ProofResult } from '../model/control.ts';
import type { SessionEvent } from '../model/event.ts';
import { guardedText } from '../model/lockdown.ts';
import { withoutLists } from '../text/short-list.ts';
import { nothingToJudge } from './check-report.ts';
import {
  drawn,
  type Paint,
  paint,
  plural,
  type Style,
  safe,
  safeLines,
  seconds,
  stateLabel,
  statePaint,
} from './style.ts';

export type LineStyle = Style & { readonly verbose?: boolean };

/** The line for one event; undefined = nothing worth a line. */
export function eventLine(event: SessionEvent, style: LineStyle): string | undefined {
  const verbose = style.verbose === true;
  const line = (sign: string, text: string, colour: Paint = 'quiet') =>
    `${paint(drawn(sign, style), colour, style)} ${drawn(text, style)}`;
  const say = (text: string) => safe(text, style);
  switch (event.type) {
    case 'connecting':
      return line(
        '·',
        `connecting to ${say(event.host)}${event.detail === '' ? '' : `: ${say(event.detail)}`}`,
      );
    case 'connected': {
      const { user, address, port, method, root } = event.connection;
      const place = address === '' ? 'this machine' : `${say(address)} port ${port}`;
      return line('✓', `connected to ${place} as ${say(user)} (${say(method)}; root by ${root})`, 'good');
    }
    case 'connection-lost':
      return line('!', `connection lost: ${say(event.reason)}`, 'warn');
    case 'discovering':
      return verbose ? line('·', `reading ${event.done}/${event.total}: ${say(event.fact)}`) : undefined;
    case 'discovered': {
      const gaps = event.unknown.length === 0 ? '' : `; could not tell: ${event.unknown.map(say).join(', ')}`;
      return line('✓', `${plural(event.facts, 'fact')} read in ${event.milliseconds} ms${gaps}`, 'good');
    }
    case 'knocking':
      return verbose ? line('·', `knocking from here: ${event.done}/${event.total}`) : undefined;
    case 'judged': {
      const failed = event.findings.filter((it) => it.result === 'fail').length;
      return line(
        '✓',
        nothingToJudge(event.findings)
          ? 'no control applies here: nothing to judge'
          : `${plural(event.findings.length, 'control')} judged: ${failed} fail, score ${event.score}`,
        'good',
      );
    }
    case 'planning':
      return verbose ? line('·', `planning: ${say(event.detail)}`) : undefined;
    case 'planned': {
      const changes = event.plan.changes.filter((it) => it.action !== 'none').length;
      return line(
        '✓',
        `plan made: ${plural(changes, 'change')}, score ${event.plan.score.now} → ${event.plan.score.projected}`,
        'good',
      );
    }
    case 'refused':
      return event.refusals
        .map((it) => line('✗', `refused: ${say(it.message)} Instead: ${say(it.remedy)}`, 'bad'))
        .join('\n');
    case 'starting':
      return verbose ? line('·', `beginning ${say(event.step)} ${say(event.id)}`) : undefined;
    case 'stage': {
      if (event.total === 1) return undefined;
      const next = event.next.length === 0 ? '' : `; then ${event.next.map(say).join('; ')}`;
      return line('·', `stage ${event.number} of ${event.total}: ${say(event.name)}${next}`);
    }
    case 'planned-again':
      return event.differences.length === 0
        ? line('✓', 'planned again with the packages installed: the rest comes out as it was shown', 'good')
        : line(
            '!',
            `planned again with the packages installed: ${plural(event.differences.length, 'change')} not as shown`,
            'warn',
          );
    case 'transaction': {
      const label = paint(stateLabel(event.state, style), statePaint(event.state), style);
      return `${label}: ${say(event.step)} ${say(event.id)}${event.detail === '' ? '' : `, ${say(event.detail)}`}`;
    }
    case 'lease':
      return verbose
        ? line('·', `the host takes it back in ${seconds(event.left)} unless the lease is renewed`)
        : undefined;
    case 'progress':
      if (event.waiting === true) return line('·', say(event.detail), 'warn');
      return verbose ? line('·', `applying ${event.done}/${event.total}: ${say(event.detail)}`) : undefined;
    case 'recovery-card':
      return [
        line('!', `recovery card saved: ${say(event.path)}`, 'warn'),
        ...event.lines.map((it) => `    ${say(it)}`),
      ].join('\n');
    case 'lockdown':
      if (event.record === null) return line('✓', 'unlocked: who may come is as it was before', 'good');
      return line(
        '!',
        `LOCKED DOWN, proved over a new login from your address: ${say(guardedText(event.record))}`,
        'bad',
      );
    case 'proving':
      return verbose ? line('·', `proving: ${say(event.title)}`) : undefined;
    case 'proved':
      return proofLine(event.result, style);
    case 'recheck': {
      const [sign, word, colour] = event.ok
        ? (['✓', 'still holds', 'good'] as const)
        : (['✗', 'no longer holds', 'bad'] as const);
      return line(
        sign,
        `checked again after ${seconds(event.afterSeconds)}: ${word}${event.detail === '' ? '' : `: ${say(event.detail)}`}`,
        colour,
      );
    }
    case 'unfinished':
      return line(
        '!',
        `an earlier change is still open: ${say(event.status.id)} of ${say(event.status.operator)} (${stateLabel(event.status.state, style)})${takenBackIn(event.status.leaseLeft)}: confirm it, roll it back, or wait`,
        'warn',
      );
    case 'note':
      return line(
        event.level === 'warning' ? '!' : '·',
        safeLines(event.text, style).join('\n    '),
        event.level === 'warning' ? 'warn' : 'quiet',
      );
    case 'three-way':
    case 'done':
      // The summary is a result, and results are printed by whoever owns stdout.
      return undefined;
  }
}

function takenBackIn(left: number | null): string {
  return left === null ? '' : `, taken back by the host within ${seconds(left)}`;
}

/** "✓ proved: …", with what was seen when it did not go as expected. */
function proofLine(result: ProofResult, style: LineStyle): string {
  const [sign, word, colour] = (
    {
      proved: ['✓', 'proved', 'good'],
      disproved: ['✗', 'disproved', 'bad'],
      undecided: ['?', 'undecided', 'warn'],
    } as const
  )[result.outcome];
  const seen = result.outcome === 'proved' || result.seen === '' ? '' : `: ${safe(result.seen, style)}`;
  const label = paint(drawn(`${sign} ${word}`, style), colour, style);
  // A list is read where it is not as it should be, or where somebody asked for everything.
  const { title, viewpoint } = result.proof;
  const short = result.outcome === 'proved' && style.verbose !== true;
  return `${label}: ${safe(short ? withoutLists(title) : title, style, 1000)} (${viewpoint})${seen}`;
}
