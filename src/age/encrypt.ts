// Bytes to a file of age's format that the recipients alone can open. The library is loaded when the first one is asked for.
import { UserError } from '../model/errors.ts';
import type { Recipient } from './recipient.ts';
import { wrapForSsh } from './ssh-wrap.ts';

export type Encrypt = (bytes: Uint8Array) => Promise<Uint8Array>;

/** Checks all recipients whole, so that what is encrypted later cannot fail for one of them. Throws UserError. */
export async function encryptFor(recipients: readonly Recipient[], flag: string): Promise<Encrypt> {
  const { Encrypter, Stanza } = await import('age-encryption');
  const encrypter = new Encrypter();
  try {
    for (const recipient of recipients) {
      encrypter.addRecipient(
        recipient.kind === 'age'
          ? recipient.text
          : {
              wrapFileKey: (fileKey) => {
                const { args, body } = wrapForSsh(recipient, fileKey);
                return [new Stanza([...args], body)];
              },
            },
      );
    }
    await encrypter.encrypt(new Uint8Array());
  } catch (cause) {
    throw unusable(flag, cause);
  }
  return async (bytes) => await encrypter.encrypt(bytes);
}

function unusable(flag: string, cause: unknown): UserError {
  return new UserError('a recipient was mistyped, or its key is none that anybody could open a file with', {
    where: flag,
    hints: ['copy it again, whole; an age recipient has a check sum, and this one does not fit'],
    cause,
  });
}
