// What this sshd is: its version, what it could speak, and the host keys it shows.
import { statOf } from './config-file.ts';
import { readPublicKey } from './public-key.ts';
import { linesOf, type Sections } from './sections.ts';
import type { EffectiveSshd, SshdFact } from './values.ts';

/** "9.2p1": what sshd says, with the patch level of the client where sshd leaves it out. */
export function versionOf(text: string): string | undefined {
  const [own, ...others] = [...text.matchAll(/OpenSSH_([^\s,]+)/g)].map((found) => found[1] ?? '');
  if (own === undefined || own.includes('p')) return own;
  return others.find((other) => other.startsWith(`${own}p`)) ?? own;
}

export function supports(sections: Sections, effective: EffectiveSshd): SshdFact['supports'] {
  const list = (name: string, keyword: string): readonly string[] => {
    const section = sections.all.find((it) => it.name === 'speaks' && it.args[0] === name);
    const told = linesOf(section?.body ?? '');
    return told.length > 0 ? told : (effective[keyword]?.[0] ?? '').split(',').filter((it) => it !== '');
  };
  return {
    kex: list('kex', 'kexalgorithms'),
    ciphers: list('cipher', 'ciphers'),
    macs: list('mac', 'macs'),
    hostKeys: list('key-sig', 'hostkeyalgorithms'),
    publicKeys: list('key-sig', 'pubkeyacceptedalgorithms'),
    caSignatures: list('key-ca-sign', 'casignaturealgorithms'),
  };
}

export function hostKey(group: Sections): SshdFact['hostKeys'][number] {
  const key = readPublicKey(group.body('public').split(' ')[1] ?? '');
  const owned = (line: string) => {
    const { mode, uid, gid } = statOf(`${line} 1`);
    return { mode, uid, gid };
  };
  const { type = '', bits = null, fingerprint = '' } = key ?? {};
  const half = group.find('hostkey-public-stat')?.body.trim();
  return {
    path: group.body('hostkey'),
    type,
    bits: bits ?? 0,
    fingerprint,
    ...owned(group.line('hostkey-stat')),
    ...(half === undefined ? {} : { publicHalf: owned(half) }),
  };
}
