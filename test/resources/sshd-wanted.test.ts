import { expect, it } from 'vitest';
import type { SshdOptionResource } from '../../src/model/resource.ts';
import { settleSshdOptions } from '../../src/resources/sshd-wanted.ts';

const wish = (step: string, keyword: string, value: string, phase?: 'contract') => ({
  ...{ step, control: `${step}.x`, why: '' },
  resource: {
    ...{ kind: 'sshd-option', keyword, values: [value] },
    ...(phase === undefined ? {} : { phase }),
  } satisfies SshdOptionResource as SshdOptionResource,
});
const told = (all: Parameters<typeof settleSshdOptions>[0]) =>
  settleSshdOptions(all).map(({ step, resource }) =>
    resource.kind === 'sshd-option'
      ? `${step} ${resource.keyword} ${resource.values.join(' ')} ${resource.phase ?? 'expand'}`
      : '',
  );

it('options of two steps are one step’s, and what one sets the other need not set later', () => {
  const both = [
    wish('sshd', 'PermitRootLogin', 'no'),
    wish('sshd', 'UseDNS', 'no'),
    wish('rbac', 'PermitRootLogin', 'no', 'contract'),
    wish('rbac', 'AllowUsers', 'ana'),
  ];
  expect(told(both)).toEqual([
    'sshd PermitRootLogin no expand',
    'sshd UseDNS no expand',
    'sshd AllowUsers ana expand',
  ]);
});

it('other values stay apart, and one step alone stays as it is', () => {
  const two = [
    wish('sshd', 'PermitRootLogin', 'prohibit-password'),
    wish('rbac', 'PermitRootLogin', 'no', 'contract'),
  ];
  expect(told(two)).toEqual([
    'sshd PermitRootLogin prohibit-password expand',
    'sshd PermitRootLogin no contract',
  ]);
  const own = [wish('rbac', 'PermitRootLogin', 'no'), wish('rbac', 'PermitRootLogin', 'no', 'contract')];
  expect(settleSshdOptions(own)).toBe(own);
});
