import { expect, it } from 'vitest';
import type { Proof } from '../../src/model/control.ts';
import type { Command } from '../../src/text/command.ts';
import { Secret } from '../../src/text/secret.ts';
import { lookAtLogins, seeSecret } from '../../src/verify/secrets.ts';

const about = (check: Proof['check']): Proof => ({
  ...{ id: 'secrets.x', title: 'x', viewpoint: 'inside', expect: 'works', check },
});
const login = (value: 'new' | 'old') =>
  about({ kind: 'postgres-login', value, secret: 'DB', hole: 'role app', role: 'app', database: 'app' });
const service = (role?: string) =>
  about({ kind: 'service', unit: 'app.service', ...(role === undefined ? {} : { role }) });

it.each<[string, Proof, string, boolean | undefined]>([
  ['a login that works', login('new'), 'login 0 0 open', true],
  ['a login that is refused', login('new'), 'login 0 2 open', false],
  ['an old one that still works', login('old'), 'login 0 0 open', true],
  ['trust, where a login proves nothing', login('old'), 'login 0 0 trust', false],
  ['no way in by password', login('new'), 'login 0 2 closed', true],
  ['a service that stays', service(), 'unit 0 8 - active', true],
  ['one whose role came back', service('app'), 'unit 0 8 1 active', true],
  ['one whose role stayed away', service('app'), 'unit 0 4 0 active', false],
  ['one that restarts again and again', service('app'), 'unit 0 1 0 activating', false],
  ['silence', service(), '', undefined],
])('%s is seen', (_, proof, line, holds) => {
  expect(seeSecret(proof, line.split(' ')).holds).toBe(holds);
});

it('a value that this run does not know decides nothing, and nobody is asked', async () => {
  const proof = login('new');
  const transport = { run: () => Promise.reject(new Error('asked')) } as never;
  const sights = await lookAtLogins([proof], { transport, nonce: 'n', values: undefined });
  expect(typeof sights === 'string' ? sights : sights.get(proof)?.holds).toBeUndefined();
});

it('an old value of two lines is not tried, so that the next password is read as its own', async () => {
  const [old, fresh] = [login('old'), login('new')];
  let given = '';
  const transport = {
    run: ({ stdin }: Command) => {
      given = stdin.map((piece) => (piece instanceof Secret ? piece.open().toString() : piece)).join('');
      return Promise.resolve({ kind: 'exited', code: 0, stdout: 'n login 0 0 open\nn end\n', stderr: '' });
    },
  } as never;
  const values = {
    old: new Map([['DB', new Secret('one\ntwo')]]),
    fresh: new Map([['role app', new Secret('new')]]),
  };
  const sights = await lookAtLogins([old, fresh], { transport, nonce: 'n', values });
  expect(given).toBe('new\n');
  expect(typeof sights === 'string' ? sights : [old, fresh].map((it) => sights.get(it)?.holds)).toEqual([
    undefined,
    true,
  ]);
});
