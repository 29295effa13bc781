// TLS handshakes and plain requests from this machine, as any client makes them. Rules: no credential, no body read, one visit a question; whose
// certificate it is does not stop a handshake, because that is what is to be seen; what this machine itself cannot do is untold,
// never "refused".
import { request as plainRequest } from 'node:http';
import { request as secureRequest } from 'node:https';
import { isIP } from 'node:net';
import { type ConnectionOptions, connect, type SecureVersion } from 'node:tls';
import type { Answer, Handshake, WebDoor, WebProbes } from '../model/outside.ts';
import { sanitizeLine } from '../text/sanitize.ts';

/** Milliseconds until silence is an answer. */
const PATIENCE = 8_000;

/** TLS 1.0 and 1.1 sign with what OpenSSL holds back by default: whether the far side would take it is the question. */
const EVERYTHING = 'DEFAULT:@SECLEVEL=0';

const NO_WAY = ['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT', 'EACCES', 'EADDRNOTAVAIL'];

function optionsFor(door: WebDoor): ConnectionOptions {
  const named = isIP(door.name) === 0 && door.name !== '';
  return {
    host: door.address,
    port: door.port,
    rejectUnauthorized: false,
    ...(named ? { servername: door.name } : { servername: '' }),
  };
}

function handshake(door: WebDoor & { readonly version?: string }): Promise<Handshake> {
  return new Promise((settle) => {
    const only = door.version as SecureVersion | undefined;
    const socket = connect({
      ...optionsFor(door),
      ...(only === undefined ? {} : { minVersion: only, maxVersion: only, ciphers: EVERYTHING }),
    });
    let reached = false;
    const done = (seen: Handshake) => {
      clearTimeout(timer);
      socket.destroy();
      settle(seen);
    };
    const timer = setTimeout(() => done({ kind: 'untold', why: 'nothing answers' }), PATIENCE);
    socket.once('connect', () => {
      reached = true;
    });
    socket.once('secureConnect', () => {
      const fingerprint = socket.getPeerX509Certificate()?.fingerprint256 ?? '';
      done({
        kind: 'done',
        version: socket.getProtocol() ?? '',
        certificate: fingerprint.replaceAll(':', '').toLowerCase(),
      });
    });
    socket.once('error', (error: NodeJS.ErrnoException) => done(endOf(error, reached)));
    socket.once('close', () => done({ kind: 'refused', why: 'the far side hung up' }));
  });
}

/** An alert, or an end in the middle, is the far side's word; what OpenSSL here would not even try is not. */
function endOf(error: NodeJS.ErrnoException, reached: boolean): Handshake {
  const { code = '' } = error;
  const why = sanitizeLine(error.message, 160);
  if (!reached || NO_WAY.includes(code)) return { kind: 'untold', why: why || code };
  const isOurs = /NO_PROTOCOLS_AVAILABLE|NO_CIPHERS_AVAILABLE|INTERNAL_ERROR/.test(code);
  return isOurs ? { kind: 'untold', why: `this machine cannot speak it: ${why}` } : { kind: 'refused', why };
}

function request(door: WebDoor & { readonly tls: boolean; readonly path: string }): Promise<Answer> {
  return new Promise((settle) => {
    const send = door.tls ? secureRequest : plainRequest;
    const usual = door.port === (door.tls ? 443 : 80);
    const sent = send({
      ...(door.tls ? optionsFor(door) : { host: door.address, port: door.port }),
      path: door.path,
      method: 'GET',
      headers: { host: usual ? door.name : `${door.name}:${door.port}`, connection: 'close' },
      agent: false,
    });
    const done = (seen: Answer) => {
      clearTimeout(timer);
      sent.destroy();
      settle(seen);
    };
    const timer = setTimeout(() => done({ kind: 'untold', why: 'nothing answers' }), PATIENCE);
    sent.once('response', ({ statusCode = 0, rawHeaders }) => {
      const headers = rawHeaders.flatMap((name, index) =>
        index % 2 === 0 ? [{ name: name.toLowerCase(), value: rawHeaders[index + 1] ?? '' }] : [],
      );
      done({ kind: 'answered', status: statusCode, headers });
    });
    sent.once('error', (error) => done({ kind: 'untold', why: sanitizeLine(error.message, 160) }));
    sent.end();
  });
}

export const webProbes: WebProbes = { handshake, request };
