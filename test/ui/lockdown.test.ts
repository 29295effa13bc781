// Lockdown in the wizard: begun and ended by a whole word only, out again by Escape from everywhere, a band on every screen
// while it stands.
import { describe, expect, test } from 'vitest';
import { frame } from '../../src/ui/frame.ts';
import { plainText } from '../../src/ui/lines.ts';
import { throughInk } from './ink.ts';
import { RECORD, lockdownWalk as there } from './sample-lockdown.ts';

describe('locking down', () => {
  test('begins by the whole word alone, with what was typed', () => {
    const walk = there();
    expect(walk.press('L')).toEqual([]);
    walk.types('198.51.100.7 2001:db8::/48');
    walk.press('enter');
    walk.types('2h');
    walk.press('enter');
    walk.types('key stolen');
    expect(walk.press('enter')).toEqual([]);
    walk.types('lock');
    expect(walk.press('enter')).toEqual([]);
    expect(walk.text()).toContain('Type lockdown, then press Enter');
    walk.types('down');
    expect(walk.press('enter')).toEqual([
      {
        type: 'lockdown',
        request: {
          level: 'restrict',
          allow: ['198.51.100.7', '2001:db8::/48'],
          reason: 'key stolen',
          ttl: 7200,
        },
      },
    ]);
    expect(walk.text()).toContain('Locking down ana@shop.example.com');
    expect(walk.text()).not.toContain('LOCKED DOWN');
    walk.session({ type: 'lockdown', record: RECORD });
    expect(walk.text()).toContain('LOCKED DOWN until somebody unlocks: ports 22, 2222 only from 192.0.2');
  });

  test.each([
    ['others', ['0.0.0.0/0', 'enter'], 'would lock nobody out'],
    ['others', ['host.example', 'enter'], 'is not an address'],
    ['ttl', ['down', '5s', 'enter'], '1m to 365d'],
    ['reason', ['down', 'down', 'enter'], 'reason is needed'],
    ['reason', ['down', 'down', 'down', 'lockdown', 'enter'], 'reason is needed'],
  ] as const)('stays at %s while %j cannot be', (at, keys, problem) => {
    const walk = there();
    walk.press('L');
    for (const key of keys) {
      if (['enter', 'down'].includes(key)) walk.press(key);
      else walk.types(key);
    }
    expect(walk.state.screen).toMatchObject({ name: 'lockdown', at });
    expect(walk.text().replaceAll(/\s+/g, ' ')).toContain(problem);
    expect(walk.effects.some((it) => it.type === 'lockdown')).toBe(false);
  });

  test('a pasted word confirms nothing', () => {
    const walk = there();
    walk.press('L', 'down', 'down');
    walk.types('x');
    walk.press('down');
    walk.happens({ type: 'paste', text: 'lockdown' });
    expect(walk.press('enter')).toEqual([]);
    expect(walk.state.screen.name).toBe('lockdown');
  });

  test('who an allowed network holds is not told as cut off', () => {
    const walk = there({ size: { rows: 40, columns: 120 } });
    walk.press('L');
    expect(walk.text()).toContain('2 sessions: deploy from 203.0.113.9, root from 2001:db8::9');
    walk.types('2001:db8::/64');
    walk.press('down', 'down');
    walk.types('x');
    expect(walk.text()).toContain('1 session: deploy from 203.0.113.9');
  });

  test('Escape goes back to where it was opened, whatever was typed', () => {
    for (const from of ['x', 'd', '']) {
      const walk = there();
      if (from !== '') walk.press(from);
      const before = walk.text();
      walk.press('L');
      walk.types('198');
      walk.press('escape');
      expect(walk.text()).toBe(before);
    }
  });

  test('is not begun where it cannot be, and says what to do instead', () => {
    const bare = there({ nft: false });
    bare.press('L', 'down', 'down');
    bare.types('x');
    bare.press('down');
    bare.types('lockdown');
    expect(bare.press('enter')).toEqual([]);
    expect(bare.text().replaceAll(/\s+/g, ' ')).toContain('close its ports in the firewall in front of it');
    const dry = there({ mode: 'dry-run' });
    dry.press('L');
    expect([dry.state.screen.name, dry.text().includes('this is a dry run')]).toEqual(['room', true]);
    const busy = there().applying();
    busy.press('L');
    expect(busy.state.screen.name).toBe('applying');
    expect(busy.text().replaceAll(/\s+/g, ' ')).toContain('keep it or take it back first');
  });

  test('a jump host is told as what it is', () => {
    const walk = there({ jump: true });
    walk.press('L');
    expect(walk.text().replaceAll(/\s+/g, ' ')).toContain(
      '192.0.2.7, which is your jump host: whoever comes through it',
    );
  });
});

describe('while the host is locked down', () => {
  test('the same key unlocks, by its word', () => {
    const walk = there({ record: RECORD });
    walk.press('L');
    walk.types('lockdown');
    expect(walk.press('enter')).toEqual([]);
    walk.press('ctrl-u');
    walk.types('unlock');
    expect(walk.press('enter')).toEqual([{ type: 'unlock' }]);
    walk.session({ type: 'lockdown', record: null });
    expect(walk.text()).not.toContain('LOCKED DOWN');
  });

  test('every screen has the band, and one that the kernel lacks says so', () => {
    const band = 'LOCKED DOWN until somebody unlocks';
    const walk = there({ record: RECORD });
    for (const key of ['x', 'escape', 'd', 'escape', 'a', 'escape', 'u', 'escape', '?', 'escape', 'L']) {
      walk.press(key);
      expect(walk.text(), key).toContain(band);
      expect(walk.text(), key).toContain('■ LOCKDOWN');
    }
    expect(there({ record: RECORD, loaded: false }).text()).toContain('LOCKDOWN NOT IN FORCE');
    // What is armed says so in the line below the band; the band itself still says the other.
    const armed = there({ record: RECORD }).applying().text();
    expect([armed.includes('ARMED, lease 90 s'), armed.includes('■ LOCKDOWN')]).toEqual([true, true]);
  });
});

test('the band is red and inverse, over the same text as without colour', async () => {
  const walk = there({ record: RECORD });
  const { coloured, bare } = await throughInk(walk.state);
  expect(bare).toBe(plainText(frame(walk.state)));
  expect(coloured).toMatch(/\u001b\[7m\u001b\[1m\u001b\[31m ■ LOCKDOWN /);
});
