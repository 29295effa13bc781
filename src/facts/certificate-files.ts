import { type CertificateFile, certificatesIn, type KeyFile, publicKeyHash } from './certificate.ts';
import { octal, type Sections, whole } from './sections.ts';

/** A file of certificates as a script told it: its path, and its certificates alone. */
export function certificateOf(group: Sections): CertificateFile {
  const pem = group.find('pem')?.body;
  const found = pem === undefined ? 'there is no such file' : certificatesIn(pem);
  return {
    path: group.body('certificate'),
    named: false,
    exists: pem !== undefined,
    holdsKey: group.find('holds-key') !== undefined,
    ...(typeof found === 'string' ? { certificates: [], problem: found } : { certificates: found }),
  };
}

/** A key as a script told it: its path, mode and owner, and its public half. */
export function keyOf(group: Sections): KeyFile {
  const [mode, uid, gid, name = ''] = (group.find('key-stat')?.body ?? '').trim().split(' ');
  const exists = group.find('key-stat') !== undefined;
  const publicKey = publicKeyHash(group.find('public')?.body ?? '');
  return {
    path: group.body('key'),
    named: false,
    exists,
    mode: exists ? octal(mode) : '',
    uid: exists ? whole(uid) : 0,
    gid: exists ? whole(gid) : 0,
    group: name,
    encrypted: group.find('encrypted') !== undefined,
    ...(publicKey === undefined ? {} : { publicKey }),
  };
}
