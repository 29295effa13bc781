// New values as bytes that a person reads: KEY=value, a line each; all alphabets of ours need no quotes. Whoever asked for the bytes wipes them.
import type { NewSecret } from '../../model/session.ts';
import { sanitizeLine } from '../../text/sanitize.ts';

export function asLines(secrets: readonly NewSecret[]): Buffer {
  return Buffer.concat(
    secrets.flatMap(({ name, value }) => [Buffer.from(`${name}=`), value.open(), Buffer.from('\n')]),
  );
}

/** With a head that says of which host they are, and since when; a comment of every reader of env files. */
export function asText(secrets: readonly NewSecret[], { host, now }: { host: string; now: Date }): Buffer {
  const head = [
    `# Secrets of ${sanitizeLine(host)}, new since ${now.toISOString().slice(0, 16).replace('T', ' ')} UTC`,
    ...secrets.map(({ name, path }) => `# ${name} stands in ${sanitizeLine(path)}`),
    '',
  ];
  return Buffer.concat([Buffer.from(head.join('\n')), asLines(secrets)]);
}
