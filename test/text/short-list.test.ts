import { expect, test } from 'vitest';
import { listChange, withoutLists } from '../../src/text/short-list.ts';

test.each([
  ['KexAlgorithms is a,b,c,d', 'KexAlgorithms is as planned (4 algorithms)'],
  ['MACs is a,b,c,d,e for ana from 192.0.2.7', 'MACs is as planned (5 algorithms) for ana from 192.0.2.7'],
  ['AcceptEnv is a,b,c,d', 'AcceptEnv is as planned (4 values)'],
  ['Ciphers is a,b,c', 'Ciphers is a,b,c'],
  ['AuthenticationMethods is publickey,password', 'AuthenticationMethods is publickey,password'],
  ['Only a,b,c,d may log in', 'Only a,b,c,d may log in'],
])('%s → %s', (title, told) => {
  expect(withoutLists(title)).toBe(told);
});

test('a long list is told by what goes and what comes, a short one is not a list', () => {
  expect(listChange('a,b,c,d', 'a, b ,e')).toEqual({ gone: ['c', 'd'], come: ['e'], order: [] });
  expect(listChange('a,b,c,d', 'd,c,b,a')).toEqual({ gone: [], come: [], order: ['d', 'c', 'b', 'a'] });
  expect(listChange('a,b', 'c')).toBeUndefined();
  expect(listChange('', 'a,b,c,d')).toBeUndefined();
});
