// The sudo password of one session. Rules: asked when sudo asks for it, kept in memory only after it has worked, wiped at the end.
import type { Ask } from '../model/session.ts';
import type { Connection } from '../model/target.ts';
import type { Secret } from '../text/secret.ts';

export type SudoPasswords = ReturnType<typeof rememberSudo>;

/** Asked once, used again by later logins. */
export function rememberSudo(ask: Ask, user: string, host: string) {
  let given: Secret | undefined;
  let kept: Secret | undefined;
  const askNow = async () => {
    const reply = await ask({ kind: 'sudo-password', user, host });
    given = reply.kind === 'secret' ? reply.secret : undefined;
    return given;
  };
  return {
    ask: askNow,
    again: async () => kept ?? askNow(),
    worked: (root: Connection['root']) => {
      if (root === 'sudo-password') kept = given;
    },
    wipe: () => {
      given?.wipe();
      kept?.wipe();
    },
  };
}
