// What one ssh process wrote into its log (LogLevel DEBUG1), read into facts. Rules: a line that is missing leaves its fact
// undefined; texts differ between client versions 8.4 and 10.x only where noted; everything shown later is sanitised.

export type HostKeyEvidence = {
  readonly type: string;
  /** "SHA256:…" */
  readonly fingerprint: string;
  readonly certificate: boolean;
};

export type SshLog = {
  readonly lines: readonly string[];
  /** Lines ssh meant for a person, without its debug output. */
  readonly messages: readonly string[];
  /** Address and port of the TCP connection; undefined through a proxy. */
  readonly address: string | undefined;
  readonly port: number | undefined;
  readonly user: string | undefined;
  /** The client as it calls itself, e.g. "OpenSSH_9.2p1 Debian-2+deb12u7". */
  readonly client: string | undefined;
  readonly viaProxy: boolean;
  readonly connected: boolean;
  readonly hostKey: HostKeyEvidence | undefined;
  /** Where the accepted host key (or its authority) stands. */
  readonly knownIn: { readonly file: string; readonly line: number } | undefined;
  /** Name the key was looked up under. */
  readonly knownAs: string | undefined;
  readonly kex: string;
  readonly cipher: string;
  readonly mac: string;
  /** Methods the server says can continue, last word. */
  readonly methods: readonly string[] | undefined;
  readonly authenticated: string | undefined;
  readonly acceptedKey: { readonly name: string; readonly fingerprint: string } | undefined;
  readonly offeredKeys: number;
};

/** Parse the text of a log file, whole or still growing. */
export function readSshLog(text: string): SshLog {
  const raw = text.split('\n').map((line) => line.replace(/\r$/, ''));
  const lines = raw.map((line) => line.replace(/^debug\d: /, ''));
  const last = (pattern: RegExp): RegExpExecArray | undefined => {
    for (let index = lines.length - 1; index >= 0; index -= 1) {
      const match = pattern.exec(lines[index] ?? '');
      if (match) return match;
    }
    return undefined;
  };
  const connecting = last(/^Connecting to \S+ \[([^\]]+)\] port (\d+)/);
  const authenticating = last(/^Authenticating to \S+ as '(.*)'$/);
  const key = last(/^Server host key: (\S+) (SHA256:\S+)/);
  const certificate = last(/^Server host certificate: (\S+) (SHA256:[^,\s]+)/);
  // A certificate has the fingerprint of the key inside it.
  const hostKey = key ?? certificate;
  const found = last(/^Found (?:CA )?key in (.+):(\d+)$/);
  const known = last(/^Host '(.*)' is known and matches the (\S+) host (key|certificate)/);
  const cipher = last(/^kex: client->server cipher: (\S+) MAC: (\S+)/);
  const methods = last(/^Authentications that can continue: (\S*)/);
  const accepted = last(/^Server accepts key: (.*) \S+ (SHA256:\S+)/);
  const done = last(/^Authenticated to .* using "([^"]+)"/);
  return {
    lines,
    messages: raw.filter((line) => line !== '' && !/^(debug\d: |OpenSSH_|Authenticated to )/.test(line)),
    address: connecting?.[1],
    port: connecting ? Number(connecting[2]) : undefined,
    user: authenticating?.[1],
    client: last(/^Local version string SSH-2\.0-(\S.*)$/)?.[1],
    viaProxy: last(/^Executing proxy command: |\(via proxy\)/) !== undefined,
    connected: last(/^Connection established|^Remote protocol version|^Local version string/) !== undefined,
    hostKey:
      hostKey?.[1] && hostKey[2]
        ? {
            type: hostKey[1].replace(/-cert-v\d\d@openssh\.com$/, ''),
            fingerprint: hostKey[2],
            certificate: certificate !== undefined,
          }
        : undefined,
    knownIn: found?.[1] ? { file: found[1], line: Number(found[2]) } : undefined,
    knownAs: known?.[1],
    kex: last(/^kex: algorithm: (\S+)/)?.[1] ?? '',
    cipher: cipher?.[1] ?? '',
    mac: cipher?.[2] ?? '',
    methods: methods?.[1] === undefined ? undefined : methods[1].split(',').filter((word) => word !== ''),
    authenticated: done?.[1],
    acceptedKey: accepted?.[1] && accepted[2] ? { name: accepted[1], fingerprint: accepted[2] } : undefined,
    offeredKeys: lines.filter((line) => line.startsWith('Offering public key: ')).length,
  };
}
