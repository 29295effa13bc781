import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { knownTargets, rememberTarget } from '../../src/session/known-targets.ts';

const NOW = 1_800_000_000;
let home = '';
let stateDir = '';

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'known-'));
  stateDir = join(home, 'state');
  mkdirSync(join(home, '.ssh/conf.d'), { recursive: true });
});
afterEach(() => rmSync(home, { recursive: true }));

const offered = () => knownTargets({ stateDir, home, now: NOW });
const names = async () => (await offered()).map(({ target }) => target);

describe('machines that are known before one is named', () => {
  test('are those visited lately, newest first, then the hosts of ssh_config and what it includes, each once', async () => {
    writeFileSync(
      join(home, '.ssh/config'),
      'Include conf.d/*.conf\nHost shop web-1\n  User ana\nHost *.example !x\nhost=old\nMatch host y\nInclude missing\n',
    );
    writeFileSync(join(home, '.ssh/conf.d/a.conf'), 'Host "inner"\nInclude ~/.ssh/config\n');
    writeFileSync(join(home, '.ssh/conf.d/b.txt'), 'Host never\n');
    await rememberTarget(stateDir, 'shop', NOW - 3 * 86_400);
    await rememberTarget(stateDir, 'root@192.0.2.7', NOW - 7200);
    await rememberTarget(stateDir, 'ana@[2001:db8::1]:22', NOW - 60);
    expect(await offered()).toEqual([
      { target: 'ana@[2001:db8::1]:22', about: 'here within the hour' },
      { target: 'root@192.0.2.7', about: 'here 2 hours ago' },
      { target: 'shop', about: 'here 3 days ago' },
      { target: 'inner', about: 'in your ssh_config' },
      { target: 'web-1', about: 'in your ssh_config' },
      { target: 'old', about: 'in your ssh_config' },
    ]);
    await rememberTarget(stateDir, 'shop', NOW);
    expect((await names()).slice(0, 2)).toEqual(['shop', 'ana@[2001:db8::1]:22']);
    expect(statSync(join(stateDir, 'recent/recent-targets.json')).mode & 0o777).toBe(0o600);
  });

  test('are at most twenty that were visited', async () => {
    for (let index = 0; index < 25; index += 1) await rememberTarget(stateDir, `h${index}`, NOW);
    expect(await names()).toHaveLength(20);
  });

  test.each([
    ['no JSON', '{'],
    ['another shape', '{"target":"x"}'],
    ['a name that ssh would take for an option', '[{"target":"-oProxyCommand=x","at":1}]'],
    ['a name with blanks', '[{"target":"a b","at":1}]'],
    ['no time', '[{"target":"a"}]'],
  ])('are none where the file holds %s', async (_, text) => {
    mkdirSync(join(stateDir, 'recent'), { recursive: true });
    writeFileSync(join(stateDir, 'recent/recent-targets.json'), text);
    expect(await names()).toEqual([]);
  });
});
