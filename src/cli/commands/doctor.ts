import { access, constants } from 'node:fs/promises';
import { execa } from 'execa';
import { EXIT } from '../../model/errors.ts';
import { stateFolder } from '../../session/folders.ts';
import { sanitizeLine } from '../../text/sanitize.ts';
import { deliver } from '../view.ts';

type Finding = {
  readonly name: string;
  readonly state: 'fine' | 'missing' | 'optional';
  readonly detail: string;
};

/** `portcullis doctor`: what this machine has and lacks. 0 when hardening works from here, 1 otherwise. */
export async function doctor(version: string): Promise<number> {
  const findings = [node(), await client(), await folder(), await lab()];
  const width = Math.max(...findings.map((finding) => finding.name.length));
  const word = { fine: 'ok      ', missing: 'MISSING ', optional: 'not here' };
  const lines = findings.map(
    (finding) => `${word[finding.state]}  ${finding.name.padEnd(width)}  ${finding.detail}`,
  );
  await deliver([`portcullis ${version}`, ...lines].join('\n'));
  return findings.some((finding) => finding.state === 'missing') ? EXIT.error : EXIT.fine;
}

function node(): Finding {
  return { name: 'Node.js', state: 'fine', detail: process.version };
}

async function client(): Promise<Finding> {
  const result = await execa('ssh', ['-V'], { reject: false });
  if (result.exitCode !== 0) {
    return {
      name: 'OpenSSH client',
      state: 'optional',
      detail:
        'the transport ssh2 is used instead: no jump hosts, certificates, FIDO keys or post-quantum key exchange; all of them with: apt-get install openssh-client',
    };
  }
  return { name: 'OpenSSH client', state: 'fine', detail: sanitizeLine(result.stderr) };
}

async function folder(): Promise<Finding> {
  const path = stateFolder(process.env);
  // The folder is made when first needed; what must be writable now is the nearest one that is there.
  for (let at = path; ; at = at.slice(0, Math.max(1, at.lastIndexOf('/')))) {
    try {
      await access(at, constants.W_OK);
      return { name: 'State folder', state: 'fine', detail: path };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || at === '/') {
        return {
          name: 'State folder',
          state: 'missing',
          detail: `${path} cannot be written; set XDG_STATE_HOME`,
        };
      }
    }
  }
}

async function lab(): Promise<Finding> {
  const { labProblems } = await import('../../lab/requirements.ts');
  const problems = await labProblems();
  return {
    name: 'Lab (for demo and tests)',
    state: problems.length === 0 ? 'fine' : 'optional',
    detail: problems.length === 0 ? 'disposable Debian hosts can boot here' : problems.join('; '),
  };
}
