import { expect, it } from 'vitest';
import { keyedDigest, measureSecret } from '../../src/facts/secret-measure.ts';

it.each([
  ['postgres-dev-password', { isDefault: true }],
  ['Change-This-Secret', { isDefault: true }],
  ['${' + 'DB_PASSWORD}', { isPlaceholder: true }],
  ['$(openssl rand -hex 32)', { isPlaceholder: true }],
  ['<generate me>', { isPlaceholder: true }],
  ['{{ vault.password }}', { isPlaceholder: true }],
  ['changeme', { isPlaceholder: true }],
  ['your-super-key', { isPlaceholder: true }],
  ['kX9vQ2mWz7Lr4TnB8sYc1HpD6gJf3EaU', { isDefault: false, isPlaceholder: false, length: 32, bits: 190 }],
  ['deadbeefcafebabe', { bits: 64, classes: ['lower'] }],
  ['AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=', { decoded: 32, bits: 8 }],
])('measures %s', (value, wanted) => {
  expect(measureSecret(value)).toMatchObject(wanted);
});

it.each([
  ['repetition', 'aB3'.repeat(12), 40],
  ['a row of the keyboard', 'qwertyuiopasdfghjklzxcvbnm', 60],
  ['counting', '1234567890123456789012345678901234567890', 50],
  ['words that everybody tries', 'AdminPasswordDefaultSecret', 30],
  ['nothing', '', 1],
])('does not count %s', (_, value, most) => {
  expect(measureSecret(value).bits).toBeLessThan(most);
});

it('does not count its own name', () => {
  expect(measureSecret('mailgun2024', ['MAILGUN_KEY']).bits).toBeLessThan(measureSecret('mailgun2024').bits);
});

it('digests are of use only to who has the key', () => {
  const [one, two] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
  expect(keyedDigest(one, 'value')).toBe(keyedDigest(one, 'value'));
  expect(keyedDigest(one, 'value')).not.toBe(keyedDigest(two, 'value'));
});
