// Drives the machine as the shell would, without a terminal: keys by name, typed text, session events, and what the
// effects ask for answered from the sample.
import type { SessionEvent } from '../../src/model/event.ts';
import type { KnownTarget } from '../../src/model/target.ts';
import type { TransactionState } from '../../src/model/transaction.ts';
import { frame } from '../../src/ui/frame.ts';
import { plainText } from '../../src/ui/lines.ts';
import type { Effect } from '../../src/ui/machine/effect.ts';
import type { Mode, Size, State } from '../../src/ui/machine/state.ts';
import { start, update } from '../../src/ui/machine/update.ts';
import type { Happening } from '../../src/ui/store.ts';
import { connection, plan, proofs, survey } from './sample.ts';

export class Walk {
  state: State;
  readonly effects: Effect[] = [];
  now = 0;

  constructor(
    options: {
      mode?: Mode;
      size?: Size;
      target?: string;
      known?: readonly KnownTarget[];
      guide?: boolean;
    } = {},
  ) {
    const [state, effects] = start({
      mode: options.mode ?? 'live',
      target: options.target ?? 'ana@shop.example.com',
      known: options.known ?? [],
      size: options.size ?? { rows: 24, columns: 80 },
      at: 0,
      lease: 90,
      guide: options.guide ?? false,
    });
    this.state = state;
    this.effects.push(...effects);
  }

  happens(event: Happening): readonly Effect[] {
    const [state, effects] = update(this.state, { ...event, at: this.now } as Parameters<typeof update>[1]);
    this.state = state;
    this.effects.push(...effects);
    return effects;
  }

  session(event: SessionEvent): readonly Effect[] {
    return this.happens({ type: 'session', event });
  }

  /** Keys one after the other, each well after the last screen change. */
  press(...keys: string[]): readonly Effect[] {
    return keys.flatMap((key) => {
      this.now += 400;
      const text = key === 'space' ? ' ' : Array.from(key).length === 1 ? key : '';
      return [...this.happens({ type: 'key', key, text })];
    });
  }

  types(text: string): readonly Effect[] {
    return this.press(...Array.from(text, (it) => (it === ' ' ? 'space' : it)));
  }

  /** Until the room stands and its plan is made. */
  arrive(lines = 0): this {
    const { client: _, ...seen } = connection;
    this.session({
      type: 'connecting',
      host: 'shop.example.com',
      detail: 'Connection opened to 192.0.2.10:22',
    });
    this.session({ type: 'connected', connection: seen });
    this.happens({ type: 'connect-done' });
    this.happens({ type: 'surveyed', survey: survey() });
    this.planned(lines);
    // The first time it is told what was found.
    if (this.state.screen.name === 'system') this.press('enter');
    return this;
  }

  planned(lines = 0): this {
    const wanted = this.effects.findLast((it) => it.type === 'plan');
    if (wanted?.type === 'plan') this.happens({ type: 'plan-made', plan: plan(wanted.request, lines) });
    return this;
  }

  /** The word is typed and the host says that it is armed. */
  applying(): this {
    this.press('a');
    this.types('apply');
    this.press('enter');
    this.session({ type: 'stage', number: 1, total: 1, name: 'sshd', next: [], proofs });
    this.session({ type: 'recovery-card', path: '~/.local/state/portcullis/cards/shop.txt', lines: [] });
    for (const state of ['PREPARED', 'ARMED', 'APPLYING'] as const)
      this.session({ type: 'transaction', id: 't1', step: 'sshd', state, detail: '' });
    this.session({ type: 'lease', id: 't1', left: 90, length: 90 });
    return this;
  }

  /** A run of three stages: the first is kept, the second asks for a word. */
  decidingSecond(): this {
    this.press('a');
    this.types('apply');
    this.press('enter');
    const move = (id: string, step: string, states: readonly TransactionState[]) => {
      for (const state of states) this.session({ type: 'transaction', id, step, state, detail: '' });
    };
    const others = proofs.slice(1);
    const next = ['sshd', 'fail2ban'];
    this.session({ type: 'stage', number: 1, total: 3, name: 'packages', next, proofs: [] });
    move('t0', 'packages', ['PREPARED', 'ARMED', 'APPLYING', 'APPLIED', 'COMMITTED']);
    this.session({ type: 'stage', number: 2, total: 3, name: 'sshd', next: ['fail2ban'], proofs: others });
    this.session({ type: 'recovery-card', path: '~/.local/state/portcullis/cards/shop.txt', lines: [] });
    move('t1', 'sshd', ['PREPARED', 'ARMED', 'APPLYING']);
    this.session({ type: 'lease', id: 't1', left: 90, length: 90 });
    move('t1', 'sshd', ['APPLIED']);
    for (const proof of others)
      this.session({
        type: 'proved',
        result: { proof, outcome: 'proved', seen: 'as it should be', milliseconds: 3 },
      });
    this.happens({ type: 'decision-asked' });
    return this;
  }

  deciding(): this {
    this.applying();
    this.session({ type: 'transaction', id: 't1', step: 'sshd', state: 'APPLIED', detail: '' });
    this.happens({ type: 'decision-asked' });
    return this;
  }

  text(): string {
    return plainText(frame(this.state));
  }

  resize(columns: number, rows: number): this {
    this.happens({ type: 'resized', columns, rows });
    return this;
  }
}
