// What has to come first: the order of stages, and the refusal where something that is needed does not hold.
import { describe, expect, test } from 'vitest';
import type { Step, StepEdge, Verdict } from '../../src/model/control.ts';
import type { Change } from '../../src/model/resource.ts';
import { edgeRefusals, inWalkOrder } from '../../src/plan/edges.ts';
import { steps as all } from '../../steps/index.ts';
import { survey } from '../ui/sample.ts';

const { context } = survey();

function step(id: string, after: readonly StepEdge[] = [], result: Verdict['result'] = 'fail'): Step {
  const words = { title: id, severity: 'high', why: '', references: [], reads: '', mayBreak: '' } as const;
  return {
    ...{ id, title: id, what: '', why: '', questions: [], after },
    controls: [{ ...words, id: `${id}.base`, judge: () => ({ result, evidence: ['port 80 is shut'] }) }],
  };
}
const edge = (to: string, more: Partial<StepEdge> = {}): StepEdge => ({
  step: to,
  why: 'it is asked there',
  ...more,
});
const ids = (steps: readonly Step[]) => inWalkOrder(steps, context).map(({ id }) => id);
const changeOf = (id: string, action: Change['action'] = 'update') => ({ step: id, action }) as Change;

describe('the order', () => {
  test('of the walk stays where no edge speaks against it', () => {
    expect(ids([step('c'), step('a'), step('b')])).toEqual(['c', 'a', 'b']);
  });
  test('is that of the edges, however the profile puts the steps, and nothing else moves', () => {
    expect(ids([step('tls', [edge('wall')]), step('x'), step('wall'), step('y')])).toEqual([
      'x',
      'wall',
      'tls',
      'y',
    ]);
  });
  test('forgets an edge to what is not walked, and one that does not hold here', () => {
    expect(ids([step('a', [edge('gone')]), step('b')])).toEqual(['a', 'b']);
    expect(ids([step('a', [edge('b', { when: () => false })]), step('b')])).toEqual(['a', 'b']);
  });
  test('that goes round is refused with the names', () => {
    expect(() => ids([step('a', [edge('b')]), step('b', [edge('a')]), step('c')])).toThrow(
      'wait for each other: a, b',
    );
  });
});

describe('what is needed', () => {
  const tls = step('tls', [edge('wall', { needs: 'wall.base' })]);
  const asked = (
    it: { wall?: Verdict['result']; together?: boolean; fixed?: string[]; changes?: readonly Change[] } = {},
  ) => {
    const wall = step('wall', [], it.wall ?? 'fail');
    return edgeRefusals({
      steps: it.together === true ? [wall, tls] : [tls],
      walk: [wall, tls],
      context,
      changes: it.changes ?? [changeOf('tls')],
      fixed: new Set(it.fixed),
    });
  };
  test('and fails refuses, with the reason, what was seen and both steps', () => {
    expect(asked()).toEqual([
      {
        guard: 'guard.order',
        message: expect.stringMatching(
          /tls needs wall\.base first: it is asked there.*fail.*port 80 is shut/,
        ),
        remedy: 'Plan both together: --steps wall,tls',
      },
    ]);
  });
  test('and could not be told refuses too', () => {
    expect(asked({ wall: 'unknown' })).toHaveLength(1);
  });
  test('holds already: nothing is refused', () => {
    expect(asked({ wall: 'pass' })).toEqual([]);
  });
  test('is put right by the same plan: nothing is refused', () => {
    expect(asked({ together: true, fixed: ['wall.base'] })).toEqual([]);
  });
  test('is in the same plan and not put right: refused, and told what to see to', () => {
    expect(asked({ together: true })[0]?.remedy).toContain('explain wall.base');
  });
  test('by a step that changes nothing is not asked for', () => {
    expect(asked({ changes: [changeOf('tls', 'none'), changeOf('wall')] })).toEqual([]);
  });
});

describe('the edges of the steps there are', () => {
  test('go round nowhere, and name steps and controls that are there', () => {
    expect(inWalkOrder(all, context)).toHaveLength(all.length);
    for (const { id, after = [] } of all) {
      for (const { step: to, needs, why } of after) {
        const other = all.find((one) => one.id === to);
        expect(other, `${id} comes after ${to}`).toBeDefined();
        expect(other?.controls.map((one) => one.id)).toEqual(
          needs === undefined ? expect.anything() : expect.arrayContaining([needs]),
        );
        expect(why).toMatch(/^[a-z].*[^.]$/);
      }
    }
  });
  test('firewall, sshd, fail2ban: whatever the profile says', () => {
    const walk = ['fail2ban', 'sshd', 'firewall'].flatMap((id) => all.filter((one) => one.id === id));
    expect(ids(walk)).toEqual(['firewall', 'sshd', 'fail2ban']);
  });
});
