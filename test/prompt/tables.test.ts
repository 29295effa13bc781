// Tables in lines: offered, shown when asked for, with a look from outside where the step wants one.
import { describe, expect, it } from 'vitest';
import { TargetError } from '../../src/model/errors.ts';
import type { OutsideSight } from '../../src/model/outside.ts';
import { offerTables } from '../../src/prompt/tables.ts';
import { PLAIN } from '../report/fixture.ts';
import { survey } from '../ui/sample.ts';
import { gates, SIGHT } from '../ui/sample-gates.ts';
import { typing } from './terminal.ts';

async function offered(keys: string, look: () => Promise<OutsideSight> = async () => SIGHT) {
  const { terminal, seen } = typing(keys);
  let page = '';
  let knocks = 0;
  const stays = await offerTables({
    step: gates,
    context: survey().context,
    session: {
      lookOutside: () => {
        knocks += 1;
        return look();
      },
    },
    terminal,
    style: PLAIN,
    write: (text) => {
      page += text;
    },
  });
  return { stays, page, knocks, asked: seen() };
}

describe('the tables of a step in lines', () => {
  it('are named, and passed over by Enter', async () => {
    const { stays, page, knocks, asked } = await offered('\n');
    expect([stays, page, knocks]).toEqual([true, '', 0]);
    expect(asked).toContain('Type "view" to see the table (What can be reached)');
  });

  it('are shown with what was seen from here, marks and what to do', async () => {
    const { stays, page, knocks } = await offered('view\n');
    expect([stays, knocks]).toEqual([true, 1]);
    expect(page).toContain('Knocking from here at 2 ports');
    expect(page).toContain('! silent');
    expect(page).toContain('Next: 5432/tcp: apply this step');
  });

  it('are shown without a knock where there is none to be had, and why', async () => {
    const { page } = await offered('view\n', () => Promise.reject(new TargetError('the host is gone')));
    expect(page).toContain('Nobody could knock from here: the host is gone');
    expect(page).toContain('not tried');
    await expect(offered('view\n', () => Promise.reject(new Error('a defect')))).rejects.toThrow('a defect');
  });

  it('leave with the person', async () => {
    expect((await offered('')).stays).toBe(false);
  });
});
