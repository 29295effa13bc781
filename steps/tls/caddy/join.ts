// One control, two servers: each is judged for its own sites, and where a host has both, the evidence says which one it is about.
import type { Context } from '../../../src/model/context.ts';
import type { Control, Verdict } from '../../../src/model/control.ts';

/** What a control means for Caddy. */
export type CaddyPart = Pick<Control, 'judge' | 'remedy' | 'proofs' | 'reads'> & {
  readonly applies: (context: Context) => boolean;
};

export function withCaddy(control: Control, part: CaddyPart | undefined): Control {
  if (part === undefined) return control;
  const nginx: CaddyPart = { ...control, applies: (context) => control.applies?.(context) !== false };
  const isAbout = (context: Context) => [nginx, part].filter((one) => one.applies(context));
  return {
    ...control,
    reads: `${control.reads}; of Caddy: ${part.reads}`,
    applies: (context) => isAbout(context).length > 0,
    judge: (context) => {
      const [one = nginx, other] = isAbout(context);
      return other === undefined ? one.judge(context) : together(one.judge(context), other.judge(context));
    },
    ...(control.remedy === undefined && part.remedy === undefined
      ? {}
      : { remedy: (context) => isAbout(context).flatMap((one) => one.remedy?.(context) ?? []) }),
    ...(control.proofs === undefined && part.proofs === undefined
      ? {}
      : { proofs: (context) => isAbout(context).flatMap((one) => one.proofs?.(context) ?? []) }),
  };
}

function together(nginx: Verdict, caddy: Verdict): Verdict {
  const said = [
    { verdict: nginx, server: 'nginx' },
    { verdict: caddy, server: 'Caddy' },
  ];
  const of = (result: Verdict['result']) =>
    said
      .filter(({ verdict }) => verdict.result === result)
      .flatMap(({ verdict, server }) => verdict.evidence.map((one) => `${server}: ${one}`));
  const result = (['fail', 'unknown'] as const).find((one) => of(one).length > 0);
  if (result !== undefined) return { result, evidence: of(result) };
  const stricter = [nginx, caddy].some((one) => one.result === 'pass' && one.stricter === true);
  return { result: 'pass', evidence: of('pass'), ...(stricter ? { stricter } : {}) };
}
