import { describe, expect, test } from 'vitest';
import { hostKeyVerdict } from '../../src/transport/host-keys.ts';
import { explainFailure } from '../../src/transport/ssh-failure.ts';
import { readSshLog } from '../../src/transport/ssh-log.ts';

const LOGIN = `debug1: OpenSSH_9.2p1 Debian-2+deb12u6, OpenSSL 3.0.19 27 Jan 2026
debug1: Connecting to web1 [10.0.0.2] port 2222.
debug1: Connection established.
debug1: Local version string SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u6
debug1: Authenticating to web1:2222 as 'ana'
debug1: kex: algorithm: curve25519-sha256
debug1: kex: host key algorithm: ssh-ed25519
debug1: kex: server->client cipher: aes128-ctr MAC: hmac-sha2-256 compression: none
debug1: kex: client->server cipher: aes256-ctr MAC: hmac-sha2-512 compression: none
debug1: Server host key: ssh-ed25519 SHA256:hostkey
debug1: Host '[web1]:2222' is known and matches the ED25519 host key.
debug1: Found key in /home/op/my hosts:12
debug1: Authentications that can continue: publickey,password
debug1: Offering public key: first key ED25519 SHA256:one agent
debug1: Authentications that can continue: publickey,password
debug1: Offering public key: /home/op/a key ED25519 SHA256:two explicit
debug1: Server accepts key: /home/op/a key ED25519 SHA256:two explicit
Authenticated to web1 ([10.0.0.2]:2222) using "publickey".
`;

function failed(text: string) {
  return explainFailure({
    log: readSshLog(text),
    noise: [],
    where: 'ana@web1',
    identity: '/home/op/key',
    declined: false,
    passphraseGiven: false,
    jumpHostKey: undefined,
    offered: { 'key exchange method': ['curve25519-sha256'] },
  });
}

describe('the log of a login', () => {
  test('tells client, address, algorithms, host key, where it is known, and the key that was accepted', () => {
    expect(readSshLog(LOGIN)).toMatchObject({
      client: 'OpenSSH_9.2p1 Debian-2+deb12u6',
      address: '10.0.0.2',
      port: 2222,
      user: 'ana',
      viaProxy: false,
      kex: 'curve25519-sha256',
      cipher: 'aes256-ctr',
      mac: 'hmac-sha2-512',
      hostKey: { type: 'ssh-ed25519', fingerprint: 'SHA256:hostkey', certificate: false },
      knownIn: { file: '/home/op/my hosts', line: 12 },
      knownAs: '[web1]:2222',
      methods: ['publickey', 'password'],
      authenticated: 'publickey',
      acceptedKey: { name: '/home/op/a key', fingerprint: 'SHA256:two' },
      offeredKeys: 2,
      messages: [],
    });
  });

  test('tells a proxy, and a host certificate by the key inside it', () => {
    const log = readSshLog(`debug1: Executing proxy command: exec ssh -W '[web1]:22' jump
debug1: Server host certificate: ssh-ed25519-cert-v01@openssh.com SHA256:inner, serial 0 ID "h" CA ssh-ed25519 SHA256:ca valid forever
Authenticated to web1 (via proxy) using "publickey".
`);
    expect(log).toMatchObject({
      viaProxy: true,
      address: undefined,
      hostKey: { type: 'ssh-ed25519', fingerprint: 'SHA256:inner', certificate: true },
    });
  });

  test('leaves undefined what an empty log does not say', () => {
    expect(readSshLog('')).toMatchObject({
      hostKey: undefined,
      methods: undefined,
      authenticated: undefined,
      kex: '',
    });
  });
});

describe('a failed login', () => {
  test.each([
    ['ssh: Could not resolve hostname web9: Name or service not known', 'the name web9 cannot be resolved'],
    ['ssh: connect to host web1 port 22: Connection refused', 'nothing listens on port 22 of web1'],
    ['ssh: connect to host web1 port 22: Connection timed out', 'no answer from port 22 of web1 in time'],
    ['ssh: connect to host web1 port 22: No route to host', 'no route to web1 (no route to host)'],
    [
      'ssh: connect to host web1 port 22: Network is unreachable',
      'no route to web1 (network is unreachable)',
    ],
    [
      'Unable to negotiate with 10.0.0.2 port 22: no matching key exchange method found. Their offer: mlkem768x25519-sha256',
      'no key exchange method in common',
    ],
    [
      'Received disconnect from 10.0.0.2 port 22:2: Too many authentication failures',
      'the client offered 0 keys',
    ],
    [
      "Permissions 0644 for 'k' are too open.\nWARNING: UNPROTECTED PRIVATE KEY FILE!\nana@web1: Permission denied (publickey).",
      'can be read by others',
    ],
    [
      'Load key "/k": incorrect passphrase supplied to decrypt private key\nana@web1: Permission denied (publickey).',
      'the passphrase does not open',
    ],
    [
      'Load key "/k": error in libcrypto\nana@web1: Permission denied (publickey).',
      'the key file /k cannot be read',
    ],
    ['kex_exchange_identification: banner line 0: Not allowed at this time', 'holds a penalty'],
    ['Connection timed out during banner exchange', 'says nothing'],
    [
      'kex_exchange_identification: Connection closed by remote host',
      'closed the connection before any login',
    ],
    ['ana@web1: Permission denied (publickey,password).', 'login refused'],
    ['something new', 'ssh could not log in'],
  ])('%s', (line, message) => {
    const error = failed(line);
    expect(error.message).toContain(message);
    expect(error.exitCode).toBe(6);
    expect(error.hints.length).toBeGreaterThan(0);
  });

  test('shows at most 20 lines of evidence, without controls', () => {
    const error = failed(Array.from({ length: 1024 }, () => 'banner \u001b]52;c;x\u0007').join('\n'));
    expect(error.evidence.length).toBe(20);
    expect(error.evidence[0]).toBe('banner \\x1b]52;c;x\\x07');
  });

  test('after a login says why there is no shell', () => {
    const reason = (text: string) =>
      failed(`Authenticated to web1 ([10.0.0.2]:22) using "publickey".\n${text}`).message;
    expect(reason('Password change required but no TTY available.')).toContain(
      'password of this user has expired',
    );
    expect(reason('Your account has expired; please contact your system administrator.')).toContain(
      'account of this user',
    );
    expect(reason('This account is currently not available.')).toContain('no login shell');
    expect(reason('This service allows sftp connections only.')).toContain('only transfer files');
    expect(reason('hello')).toContain('commands are replaced or refused');
  });
});

describe('what ssh says about a host key', () => {
  test('is unknown, changed with its place, revoked, or nothing', () => {
    const strict = 'and you have requested strict checking.';
    expect(hostKeyVerdict(readSshLog(`No ED25519 host key is known for [web1]:2222 ${strict}`))).toEqual({
      kind: 'unknown',
      name: '[web1]:2222',
    });
    const changed = `@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @
Offending RSA key in /home/op/.ssh/known_hosts:3
Host key for web1 has changed ${strict}`;
    expect(hostKeyVerdict(readSshLog(changed))).toEqual({
      kind: 'changed',
      name: 'web1',
      file: '/home/op/.ssh/known_hosts',
      line: 3,
    });
    expect(hostKeyVerdict(readSshLog(`@       WARNING: REVOKED HOST KEY DETECTED!  @\n${changed}`))).toEqual({
      kind: 'revoked',
    });
    expect(hostKeyVerdict(readSshLog(LOGIN))).toBeUndefined();
  });
});
