// A lockdown that stands, and the sample host with somebody else on it: for whoever shows, asks for or decides about one.
import type { LockdownRecord } from '../../src/model/lockdown.ts';
import { known } from '../../src/model/outcome.ts';
import type { Survey } from '../../src/model/session.ts';
import { Walk } from './drive.ts';
import { survey } from './sample.ts';

export const RECORD: LockdownRecord = {
  transaction: '20261122-033000-0a1b2c3d',
  level: 'restrict',
  reason: 'key stolen',
  operator: 'ana@laptop as root',
  since: 1_795_300_000,
  until: null,
  allow: ['192.0.2.7', '2001:db8::/48'],
  ports: [22, 2222],
};

/** The sample host as ana sees it who comes from 192.0.2.7; others are logged in. */
export function withStrangers(
  it: { record?: LockdownRecord | null; loaded?: boolean; nft?: boolean; jump?: boolean } = {},
): Survey {
  const { record = null, loaded = record !== null, nft = true, jump = false } = it;
  const all = survey();
  const session = (user: string, from: string) => ({ user, from, tty: 'pts/0', since: '' });
  const login = {
    user: 'ana',
    clientAddress: '192.0.2.7',
    clientPort: 50_000,
    serverAddress: '192.0.2.10',
    serverPort: 22,
  };
  const readings = {
    ...all.context.readings,
    who: known(login),
    sessions: known([
      session('ana', '192.0.2.7'),
      session('deploy', '203.0.113.9'),
      session('root', '2001:db8::9'),
    ]),
    lockdown: known({ clock: 0, nft, loaded, record }),
  };
  const connection = { ...all.context.connection, viaProxy: jump };
  return { ...all, context: { ...all.context, readings, connection } };
}

/** The room of that host. */
export function lockdownWalk(
  it: Parameters<typeof withStrangers>[0] & {
    size?: { rows: number; columns: number };
    mode?: 'dry-run';
  } = {},
): Walk {
  const { size, mode, ...what } = it;
  const walk = new Walk({
    ...(size === undefined ? {} : { size }),
    ...(mode === undefined ? {} : { mode }),
  }).arrive();
  walk.happens({ type: 'surveyed', survey: withStrangers(what) });
  return walk.planned();
}
