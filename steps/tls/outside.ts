import type { Question } from '../../src/model/control.ts';
import { caddySites } from './caddy/state.ts';
import { sitesOf } from './state.ts';

export const outside: Question = {
  id: 'tls.outside',
  prompt: 'Can your machine reach these sites?',
  help: 'Then handshakes and answers seen from here prove the change. Without it only the host itself is asked.',
  type: 'boolean',
  risky: false,
  when: (context) => sitesOf(context).length > 0 || caddySites(context).length > 0,
  propose: (context) => {
    const { viaProxy, transport } = context.connection;
    if (viaProxy) return { value: false, reason: 'you come through a jump host' };
    if (transport === 'local') return { value: false, reason: 'this is the host itself' };
    const shut = context.outside?.doors.filter(({ port }) => port === 443) ?? [];
    return shut.length > 0 && shut.every(({ reached }) => reached !== 'answers')
      ? { value: false, reason: 'port 443 does not answer from here' }
      : { value: true, reason: 'you reach the host directly' };
  },
};
