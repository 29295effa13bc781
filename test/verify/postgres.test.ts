import { expect, it } from 'vitest';
import type { Proof } from '../../src/model/control.ts';
import { seePostgres } from '../../src/verify/postgres.ts';

const proof = (check: Proof['check']): Proof => ({
  id: 'postgresql.x',
  title: 'x',
  viewpoint: 'inside',
  expect: 'fails',
  check,
});
const door = proof({
  kind: 'postgres-door',
  port: 5432,
  role: 'app',
  database: 'shop',
  via: '',
  as: 'nobody',
});
const setting = proof({
  kind: 'postgres-setting',
  port: 5432,
  name: 'password_encryption',
  value: 'scram-sha-256',
});

it.each([
  [door, ['door', '0', 'in'], true],
  [door, ['door', '0', 'asked'], false],
  [door, ['door', '0', 'out'], false],
  // Nobody answered: that keeps nobody out.
  [door, ['door', '0', ''], undefined],
  [door, [], undefined],
  [setting, ['setting', '0', 'scram-sha-256'], true],
  [setting, ['setting', '0', 'md5'], false],
  [setting, ['setting', '0', ''], undefined],
  [setting, ['door', '0', 'in'], undefined],
])('what PostgreSQL said decides %#', (one, line, holds) => {
  expect(seePostgres(one, line)).toMatchObject({ holds });
});
