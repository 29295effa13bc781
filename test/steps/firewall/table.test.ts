// The list of what may be reached as a table: every row comes back as the text it was, what cannot be is told in the cell it is about, SSH
// stays, and what listens is offered.
import { describe, expect, it } from 'vitest';
import type { Listener } from '../../../src/facts/network-values.ts';
import type { Context } from '../../../src/model/context.ts';
import type { AnswerValue } from '../../../src/model/control.ts';
import { known } from '../../../src/model/outcome.ts';
import {
  isTable,
  type TableQuestion,
  tableLines,
  withEntry,
  withoutRow,
  withRow,
} from '../../../src/report/table-form.ts';
import { firewall } from '../../../steps/firewall.ts';
import { contextOf } from '../../resources/contexts.ts';

const OPERATOR = '198.51.100.9';

function open(): TableQuestion {
  const question = firewall.questions.find(({ id }) => id === 'firewall.open');
  if (question === undefined || !isTable(question)) throw new Error('it is no table');
  return question;
}

const listener = (port: number, process: string, address = '0.0.0.0'): Listener => ({
  ...{ protocol: 'tcp', family: 'ipv4', address, port, process, pid: 1, unit: 'x.service' },
});

function host(answers: Readonly<Record<string, AnswerValue>> = {}): Context {
  const listeners = [listener(22, 'sshd'), listener(443, 'nginx'), listener(5432, 'postgres')];
  const context = contextOf({
    clientAddress: OPERATOR,
    readings: { listeners: known([...listeners, listener(9000, 'inner', '127.0.0.1')]) },
  });
  const given = { 'firewall.backend': 'portcullis', 'firewall.ssh-from': ['everyone'], ...answers };
  return { ...context, answers: new Map<string, AnswerValue>(Object.entries(given)) };
}

const row = (...cells: readonly string[]) => ({ cells, index: null });
const write = (cells: readonly string[], context = host()) =>
  withRow(open(), { context, entries: [] }, { cells, index: null });

describe('a row', () => {
  it.each([
    '443/tcp',
    '8000-8010/udp over ipv6',
    '5433/tcp from 10.0.0.0/8 2001:db8::1 for backups of the shop',
    '80/tcp limit 30/minute for web',
  ])('comes back as the text it was: %s', (entry) => {
    const cells = open().table.read(entry, host()) ?? [];
    expect(cells).toHaveLength(open().table.columns.length);
    expect(write(cells)).toEqual({ entries: [entry] });
  });

  it.each([
    [['', 'tcp', 'anyone', 'both', '', ''], 0, 'a port is needed'],
    [['70000', 'tcp', 'anyone', 'both', '', ''], 0, '1–65535'],
    [['22', 'tcp', 'anyone', 'both', '', ''], 0, 'SSH is on port 22 and has its own row'],
    [['1-100', 'tcp', 'anyone', 'both', '', ''], 0, 'SSH is on port 22'],
    [['80', 'sctp', 'anyone', 'both', '', ''], 1, 'Protocol is one of: tcp, udp'],
    [['80', 'tcp', '', 'both', '', ''], 2, 'nobody could come in'],
    [['80', 'tcp', '10.0.0.1/8', 'both', '', ''], 2, 'host bits'],
    [['80', 'tcp', '0.0.0.0/0', 'both', '', ''], 2, 'opens to everyone'],
    [['80', 'tcp', '10.0.0.0/8', 'ipv4', '', ''], 2, 'say the family already'],
    [['80', 'tcp', 'anyone', 'both', 'many', ''], 4, 'a number of new connections'],
    [['80', 'tcp', 'anyone', 'both', '0', ''], 4, 'from 1 to 10000'],
    [['80', 'tcp', 'anyone', 'both', '', 'a, b'], 5, 'letters, digits'],
    [['80', 'tcp', 'anyone', 'both', '', 'ssh'], 5, 'call it otherwise'],
  ])('%j is refused in cell %i', (cells, column, problem) => {
    expect(write(cells)).toEqual({ column, problem: expect.stringContaining(problem) });
  });

  it('may name the operators, which is written as who they are now', () => {
    const cells = ['5432', 'tcp', 'operators', 'both', '', ''];
    expect(write(cells)).toEqual({ entries: [`5432/tcp from ${OPERATOR}`] });
    const named = host({ 'firewall.ssh-from': ['198.51.100.0/24', '2001:db8::/48'] });
    expect(write(cells, named)).toEqual({ entries: ['5432/tcp from 198.51.100.0/24 2001:db8::/48'] });
  });

  it('that the whole list cannot hold is refused as well', () => {
    const now = { context: host(), entries: ['80/tcp'] };
    expect(withRow(open(), now, row('80', 'tcp', OPERATOR, 'both', '', ''))).toMatchObject({
      problem: expect.stringContaining('named twice'),
    });
    expect(withoutRow(open(), now, 0)).toEqual({ entries: [] });
    const ufw = { ...now, context: host({ 'firewall.backend': 'ufw' }) };
    expect(withEntry(open(), ufw, { entry: '81/tcp limit 3/minute', index: null })).toMatchObject({
      problem: expect.stringContaining('only a table of our own keeps a limit'),
    });
  });
});

describe('the lines', () => {
  it('are SSH, which stays, the answer, and what listens and would be shut', () => {
    const lines = tableLines(open(), host(), ['443/tcp', 'nonsense']);
    expect(lines.map((line) => (line.kind === 'offer' ? line.offer.text : line.cells.join('|')))).toEqual([
      '22|tcp|anyone|both||ssh',
      '443|tcp|anyone|both||',
      'nonsense|||||',
      'postgres listens on 5432/tcp',
    ]);
    expect(lines[0]).toMatchObject({ why: expect.stringContaining(`you came by it from ${OPERATOR}`) });
  });

  it('offer a web server to anyone or to operators, a database to operators alone, a container by its name', () => {
    const published = [
      { ...{ container: 'shop', image: 'shop', protocol: 'tcp' as const, address: '0.0.0.0' }, port: 8080 },
    ].map((it) => ({ ...it, lastPort: 8080, containerPort: 80 }));
    const docker = known({
      ...{ running: true, version: '26', rules: 'nft' as const, ipv6Rules: false, userlandProxy: true },
      ...{ liveRestore: false, published, bridges: [], userChain: { ipv4: [], ipv6: [] }, outside: [] },
      ...{ guard: null, files: [] },
    });
    const context = { ...host(), readings: { ...host().readings, docker } };
    const offers = tableLines(open(), context, []).flatMap((line) =>
      line.kind === 'offer' ? [line.offer] : [],
    );
    expect(offers.map(({ text, choices }) => [text, ...choices.map(({ entry }) => entry)])).toEqual([
      ['nginx listens on 443/tcp', '443/tcp', `443/tcp from ${OPERATOR}`],
      ['postgres listens on 5432/tcp', `5432/tcp from ${OPERATOR}`],
      ['container shop publishes 8080/tcp', '8080/tcp', `8080/tcp from ${OPERATOR}`],
    ]);
    for (const { choices } of offers)
      for (const { entry } of choices)
        expect(withEntry(open(), { context, entries: [] }, { entry, index: null })).toEqual({
          entries: [entry],
        });
  });
});

it('a purpose of our own table is proposed again, and comes as a comment of its rule', () => {
  const context = host({ 'firewall.open': ['443/tcp for web'] });
  const wanted = firewall.controls
    .find(({ id }) => id === 'firewall.default-deny')
    ?.remedy?.(context)
    .find(({ kind }) => kind === 'firewall');
  expect(wanted).toMatchObject({
    intents: [
      { port: 22, purpose: 'ssh' },
      { port: 443, purpose: 'web', from: 'everyone' },
    ],
  });
});

describe('who may knock at SSH', () => {
  const question = firewall.questions.find(({ id }) => id === 'firewall.ssh-from');
  if (question === undefined || !isTable(question)) throw new Error('it is no table');
  const { table } = question;

  it('takes an address, a network or the word, and says in the cell what else is wrong', () => {
    for (const cell of ['everyone', '192.0.2.0/24', '2001:db8::1'])
      expect(table.write([cell], host())).toEqual({ entry: cell });
    expect(table.write(['192.0.2.7/24'], host())).toMatchObject({ column: 0 });
    expect(table.write(['everybody'], host())).toMatchObject({ column: 0 });
  });

  it('offers the operator’s own address until some row holds it', () => {
    expect(table.offers?.(host(), ['203.0.113.0/24'])[0]?.choices.map(({ entry }) => entry)).toEqual([
      OPERATOR,
    ]);
    expect(table.offers?.(host(), ['203.0.113.0/24', '198.51.100.0/24'])).toEqual([]);
    expect(table.offers?.(host(), ['everyone'])).toEqual([]);
  });
});
