// What was found is told from readings alone: absent is not unknown, and a mark that is not there is said.
import { expect, test } from 'vitest';
import type { Context } from '../../src/model/context.ts';
import { absent, known, unknown } from '../../src/model/outcome.ts';
import type { Profile } from '../../src/model/profile.ts';
import { systemRows } from '../../src/report/system-text.ts';
import { survey } from '../ui/sample.ts';

const base = survey().context;
const nobody = { steps: [], findings: [] };
const port = (process: string, number: number, address = '0.0.0.0') =>
  ({ protocol: 'tcp', family: 'ipv4', address, port: number, process, pid: 1, unit: '' }) as const;

function told(readings: Partial<Context['readings']>, profile: Partial<Profile> = {}) {
  const context = {
    ...base,
    readings: { ...base.readings, ...readings },
    profile: { ...base.profile, ...profile },
  };
  return Object.fromEntries(systemRows(context, nobody));
}

test('programs are named with their ports, and those that only the host itself reaches', () => {
  const listeners = known([
    port('nginx', 80),
    port('nginx', 443),
    port('nginx', 443, '::'),
    port('postgres', 5432, '127.0.0.1'),
    port('sshd', 22),
  ]);
  expect(told({ listeners })['listens']).toBe(
    'nginx 80, 443; postgres 5432 (from the host itself only); sshd 22',
  );
  expect(told({ listeners: unknown('no ss') })['listens']).toBe('could not be told');
  const many = known(Array.from({ length: 40 }, (_, index) => port(`p${index}`, index + 1)));
  expect(told({ listeners: many })['listens']).toMatch(/; and 28 more$/);
});

test('Docker that is not there is no row, that cannot be asked is said', () => {
  expect(told({ docker: absent })).not.toHaveProperty('Docker');
  expect(told({ docker: unknown('no root') })['Docker']).toBe('could not be told');
});

test('who manages the firewall is named, and nobody is somebody to name', () => {
  expect(told({ firewall: unknown('no root') })['firewall']).toBe('could not be told');
  expect(told({ firewall: absent })['firewall']).toBe('nobody manages it');
});

test('the reason names the marks of the profile, found or not', () => {
  const detect = { os: ['debian'], listens: ['nginx'] };
  const listeners = known([port('nginx', 80)]);
  expect(told({ listeners }, { detect })['because']).toMatch(
    /^The host is debian, which this profile is made for\. nginx listens here\./,
  );
  expect(told({}, { detect: { os: ['alpine'] } })['because']).toContain(
    'It is made for alpine, and this is debian: look at the plan with care',
  );
  expect(told({ os: unknown('unreadable') }, { detect })['because']).toContain('could not be told');
  expect(told({}, { detect })['because']).toContain('nginx does not listen here, which it expects');
});
