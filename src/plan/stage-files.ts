// The stages of a list of changes as transactions will carry them out, and the sshd files as each stage leaves them.
import type { SshdText } from '../facts/sshd-config.ts';
import type { Context } from '../model/context.ts';
import type { Change, Primitive } from '../model/resource.ts';

export type StageFiles = {
  readonly step: string;
  readonly phase: 'expand' | 'contract';
  readonly changes: readonly Change[];
  /** Only those that touch files sshd reads. */
  readonly primitives: readonly Primitive[];
  readonly files: readonly SshdText[];
  /** sshd is asked about it: it touches what sshd reads, or could cut somebody off. */
  readonly asksSshd: boolean;
};

/** Stages with something to try on the host; what an earlier one did is still there in a later one. */
export function stageFiles(changes: readonly Change[], context: Context): readonly StageFiles[] {
  const { sshd } = context.readings;
  if (sshd.kind !== 'known') return [];
  let files: readonly { path: string; realPath: string; text: string }[] = sshd.value.files;
  const acting = changes.filter((change) => change.action !== 'none');
  return (['expand', 'contract'] as const).flatMap((phase) => {
    const ofPhase = acting.filter((change) => change.phase === phase);
    return [...new Set(ofPhase.map(({ step }) => step))].flatMap((step) => {
      const ofStage = ofPhase.filter((change) => change.step === step);
      const primitives = ofStage.flatMap((change) =>
        change.primitives.filter((one) => 'path' in one && readBySshd(one.path, files)),
      );
      for (const change of ofStage) {
        const put = change.primitives.find((one) => one.kind === 'put-file' && readBySshd(one.path, files));
        const gone = change.primitives.find((one) => one.kind === 'remove-file');
        if (put !== undefined && 'path' in put) files = withText(files, put.path, change.after ?? '');
        if (gone !== undefined && 'path' in gone) files = files.filter((file) => file.realPath !== gone.path);
      }
      const asksSshd = primitives.length > 0 || ofStage.some((change) => change.risk === 'lockout');
      const tries = asksSshd || ofStage.some((change) => change.primitives.some(canBeRehearsed));
      return tries ? [{ step, phase, changes: ofStage, primitives, files, asksSshd }] : [];
    });
  });
}

/** What the engine can carry out where there is neither a service manager nor a network. */
export function canBeRehearsed(primitive: Primitive): boolean {
  return ![
    'unit',
    'validate',
    'packages',
    'fill-file',
    'postgres-role',
    'certbot-issue',
    'postgres-right',
  ].includes(primitive.kind);
}

export function readBySshd(path: string, files: readonly { readonly realPath: string }[]): boolean {
  return path.startsWith('/etc/ssh/') || files.some((file) => file.realPath === path);
}

function withText(
  files: readonly { path: string; realPath: string; text: string }[],
  path: string,
  text: string,
): readonly { path: string; realPath: string; text: string }[] {
  if (!files.some((file) => file.realPath === path)) return [...files, { path, realPath: path, text }];
  return files.map((file) => (file.realPath === path ? { ...file, text } : file));
}
