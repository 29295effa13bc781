import { readPublicKey } from './public-key.ts';
import type { KeyFact } from './values.ts';

const KEY_TYPE =
  /^(ssh-(ed25519|rsa|dss)|ecdsa-sha2-nistp(256|384|521)|sk-(ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com|(sk-)?(ssh-(ed25519|rsa|dss)|ecdsa-sha2-nistp(256|384|521))-cert-v01@openssh\.com)$/;

/** The keys of an authorized_keys text, as sshd reads it: [options] type base64 [comment]; other lines are passed over. */
export function readAuthorizedKeys(file: string, text: string): readonly KeyFact[] {
  return text.split('\n').flatMap((raw, index) => {
    const line = raw.replace(/^[ \t]+/, '').replace(/[ \t\r]+$/, '');
    if (line === '' || line.startsWith('#')) return [];
    const cut = KEY_TYPE.test(firstWord(line)) ? 0 : optionsEnd(line);
    const [type = '', blob = '', ...comment] = line
      .slice(cut)
      .trim()
      .split(/[ \t]+/);
    const key = KEY_TYPE.test(type) ? readPublicKey(blob) : undefined;
    if (key === undefined || key.type !== type) return [];
    return [
      {
        file,
        line: index + 1,
        options: line.slice(0, cut).trim(),
        type,
        blob,
        comment: comment.join(' '),
        fingerprint: key.fingerprint,
        bits: key.bits,
      },
    ];
  });
}

function firstWord(line: string): string {
  return line.split(/[ \t]/, 1)[0] ?? '';
}

/** Options end at the first blank outside double quotes; a quote may be escaped. */
function optionsEnd(line: string): number {
  let quoted = false;
  for (let at = 0; at < line.length; at += 1) {
    const character = line.charAt(at);
    if (character === '\\' && line.charAt(at + 1) === '"') at += 1;
    else if (character === '"') quoted = !quoted;
    else if (!quoted && (character === ' ' || character === '\t')) return at;
  }
  return line.length;
}
