// New values to the operator, who asked for them. Rules: never unasked; what cannot be done is told before anything is changed; a value is
// opened where it is written to the screen or encrypted, and nowhere else: no event, no report and no log is given it.

import { UserError } from '../../model/errors.ts';
import type { NewSecret } from '../../model/session.ts';
import { sanitizeLine } from '../../text/sanitize.ts';
import type { LeaseOptions, ReachOptions } from '../options.ts';

export type HandOverOptions = {
  readonly reveal: boolean;
  readonly revealToStdout: boolean;
  readonly toAge: readonly string[];
  readonly output?: string;
};

export type HandOver = {
  /** Writes the file that was asked for; resolves to what is to be said about it. Throws UserError when it cannot be written. */
  readonly file: (secrets: readonly NewSecret[], host: string) => Promise<string | undefined>;
  /** Shows what was asked for. */
  readonly show: (secrets: readonly NewSecret[]) => Promise<void>;
};

type Asked = HandOverOptions & Pick<ReachOptions, 'json'> & Pick<LeaseOptions, 'confirm'>;

/** `changes`: whether the command makes new values at all. Undefined where nothing was asked for. Throws UserError. */
export async function prepareHandOver(options: Asked, changes: boolean): Promise<HandOver | undefined> {
  const { reveal, revealToStdout, toAge, output } = options;
  const flag = reveal ? '--reveal' : revealToStdout ? '--reveal-to-stdout' : '--to-age';
  if (!reveal && !revealToStdout && toAge.length === 0) {
    if (output === undefined) return undefined;
    throw new UserError('the file is not written without somebody who may open it', {
      where: '--output',
      hints: ['name the key that it is encrypted for: --to-age age1…, or --to-age ~/.ssh/id_ed25519.pub'],
    });
  }
  refuseOdd(options, flag, changes);
  const encrypt = await encryption(toAge, output);
  return {
    file: async (secrets, host) => {
      if (encrypt === undefined || output === undefined || secrets.length === 0) return undefined;
      const { asText } = await import('./as-text.ts');
      const { writeNewPrivate } = await import('./new-file.ts');
      const bytes = asText(secrets, { host, now: new Date() });
      try {
        await writeNewPrivate(output, await encrypt(bytes));
      } finally {
        bytes.fill(0);
      }
      const count = secrets.length === 1 ? 'The new value is' : `${secrets.length} new values are`;
      return `${count} in ${sanitizeLine(output)}, encrypted; open it with: age -d -i KEY ${sanitizeLine(output)}`;
    },
    show: async (secrets) => {
      if (secrets.length === 0) return;
      if (reveal) await (await import('./screen.ts')).showOnce(secrets);
      else if (revealToStdout) {
        const { asLines } = await import('./as-text.ts');
        const bytes = asLines(secrets);
        await new Promise<void>((done) => process.stdout.write(bytes, () => done()));
        bytes.fill(0);
      }
    },
  };
}

function refuseOdd(options: Asked, flag: string, changes: boolean): void {
  const { reveal, revealToStdout, toAge, output, json, confirm } = options;
  const refuse = (what: string, ...hints: string[]): never => {
    throw new UserError(what, { where: flag, hints });
  };
  if (!changes)
    refuse(
      'only values that are made now are handed over',
      'give it to generate or rotate',
      'what stands on the host can be read there',
    );
  if (reveal && revealToStdout)
    refuse('two ways to show a value at once', 'give --reveal or --reveal-to-stdout');
  if (confirm === 'manual')
    refuse(
      'whether the new values stay is not known before they are confirmed',
      'leave --confirm manual out',
    );
  if (json && (reveal || revealToStdout))
    refuse('a value is never written among events', 'take --to-age with --output, or leave --json out');
  if (
    reveal &&
    !(process.stdin.isTTY === true && process.stdout.isTTY === true && process.env.TERM !== 'dumb')
  )
    refuse(
      'this is not a terminal on which something could be shown once',
      'take --to-age RECIPIENT --output FILE',
      'or --reveal-to-stdout, and see to it that nobody keeps what it writes',
    );
  if (toAge.length > 0 && output === undefined)
    refuse('there is no file to write', 'name one that is not there yet: --output secrets.age');
}

async function encryption(toAge: readonly string[], output: string | undefined) {
  if (toAge.length === 0 || output === undefined) return undefined;
  const [{ readRecipients }, { encryptFor }, { mayBeWritten }] = await Promise.all([
    import('../../age/recipient.ts'),
    import('../../age/encrypt.ts'),
    import('./new-file.ts'),
  ]);
  const recipients = (await Promise.all(toAge.map((word) => readRecipients(word, '--to-age')))).flat();
  await mayBeWritten(output);
  return await encryptFor(recipients, '--to-age');
}
