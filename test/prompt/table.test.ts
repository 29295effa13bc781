// An answer that is a table, in lines: the same rows, refusals and ready rows as on the full screen.
import { describe, expect, it } from 'vitest';
import { known } from '../../src/model/outcome.ts';
import { askQuestions } from '../../src/prompt/questions.ts';
import { firewall } from '../../steps/firewall.ts';
import { PLAIN } from '../report/fixture.ts';
import { contextOf } from '../resources/contexts.ts';
import { typing } from './terminal.ts';

const OPERATOR = '198.51.100.9';

async function answered(...keys: readonly string[]) {
  const { terminal, seen } = typing(keys.map((key) => `${key}\n`).join(''));
  const listener = (port: number, process: string) => ({
    ...({ protocol: 'tcp', family: 'ipv4', address: '0.0.0.0' } as const),
    ...{ port, process, pid: 1, unit: 'x.service' },
  });
  const listeners = known([listener(22, 'sshd'), listener(80, 'nginx'), listener(5432, 'postgres')]);
  const given = new Map(
    Object.entries({
      ...{ 'firewall.backend': 'portcullis', 'firewall.ssh-from': ['everyone'] },
      ...{ 'firewall.peers': [], 'firewall.monitoring': [] },
    }),
  );
  const answers = await askQuestions({
    questions: firewall.questions,
    context: contextOf({ clientAddress: OPERATOR, readings: { listeners } }),
    given,
    answers: given,
    terminal,
    style: PLAIN,
  });
  return { open: answers?.get('firewall.open'), page: seen().replaceAll(/\s+/g, ' ') };
}

describe('rows in lines', () => {
  it('are listed with numbers, and taken by Enter', async () => {
    const { open, page } = await answered('');
    expect(open).toEqual(['80/tcp']);
    expect(page).toContain('1. Port 22, Protocol tcp, From anyone, Over both, For ssh (fixed)');
    expect(page).toContain('2. Port 80, Protocol tcp, From anyone');
    expect(page).toContain('3. postgres listens on 5432/tcp');
  });

  it('are added cell by cell, and what is wrong is asked again', async () => {
    const { open, page } = await answered('add', '22', '', '', '', '', '', '8443', '');
    expect(page).toContain('That cannot be: SSH is on port 22');
    expect(open).toEqual(['80/tcp', '8443/tcp']);
  });

  it('that the whole list cannot hold are asked again with what was typed', async () => {
    const { open, page } = await answered(
      'add',
      '80',
      '',
      OPERATOR,
      '',
      '',
      '',
      '81',
      '',
      '',
      '',
      '',
      '',
      '',
    );
    expect(page).toContain('80/tcp is named twice');
    expect(open).toEqual(['80/tcp', `81/tcp from ${OPERATOR}`]);
  });

  it('are changed and removed by number, and typed as text', async () => {
    expect((await answered('2', '81', '', OPERATOR, '', '30', 'web', '')).open).toEqual([
      `81/tcp from ${OPERATOR} limit 30/minute for web`,
    ]);
    expect((await answered('remove 2', '')).open).toEqual([]);
    expect((await answered('443/tcp limit 5/minute', '')).open).toEqual(['80/tcp', '443/tcp limit 5/minute']);
    expect((await answered('remove 2', '5432/udp from 10.0.0.1/8', '')).open).toEqual([]);
  });

  it('that stay are refused with the reason, ready ones are opened or left', async () => {
    const { open, page } = await answered('remove 1', '9', '3', '1', '');
    expect(page).toContain(`you came by it from ${OPERATOR}`);
    expect(page).toContain('there is no row 9');
    expect(open).toEqual(['80/tcp', `5432/tcp from ${OPERATOR}`]);
    const left = await answered('3', '', '');
    expect(left.open).toEqual(['80/tcp']);
    expect(left.page).toContain('Left as it was.');
  });

  it('leave with the person', async () => {
    const { terminal } = typing('');
    const step = firewall.questions.filter(({ id }) => id === 'firewall.open');
    const context = contextOf({ clientAddress: OPERATOR });
    expect(
      await askQuestions({
        questions: step,
        context,
        given: new Map(),
        answers: new Map(),
        terminal,
        style: PLAIN,
      }),
    ).toBeUndefined();
  });
});
