// The changes of a stage that are not files: the reload of sshd, and the reason when there is nothing to do.
import type { SshdFact } from '../facts/values.ts';
import type { Change, SshdOptionResource } from '../model/resource.ts';
import type { EditResult } from './sshd-edit.ts';
import { OWN_FILE } from './sshd-tree.ts';
import type { Wanted } from './wanted.ts';

export type Phase = 'expand' | 'contract';
export type WantedOption = Wanted<SshdOptionResource>;

export type OptionStage = {
  readonly step: string;
  readonly phase: Phase;
  readonly wanted: readonly WantedOption[];
};

/** Who asked, and why, each reason once. */
export function asked(wanted: readonly Wanted[]): {
  readonly controls: readonly string[];
  readonly why: string;
} {
  return {
    controls: [...new Set(wanted.map((it) => it.control))],
    why: [...new Set(wanted.map((it) => it.why))].join(' '),
  };
}

/** With ssh.socket and no service running, the next connection starts an sshd that reads the new files. */
export function reloadChange(stage: OptionStage, sshd: SshdFact): Change {
  const reload = sshd.unit.active === 'active' || !sshd.socket.active;
  return {
    address: `unit:${sshd.unit.name}`,
    action: 'reload',
    title: reload
      ? `${sshd.unit.name} checks the new files and reads them; open sessions stay`
      : `sshd checks the new files; ${sshd.socket.unit} starts it with them at the next login`,
    step: stage.step,
    ...asked(stage.wanted),
    risk: 'lockout',
    phase: stage.phase,
    confidence: 'predicted',
    effective: [],
    base: { kind: 'unit', name: sshd.unit.name, enabled: sshd.unit.enabled, active: sshd.unit.active },
    primitives: [
      { kind: 'validate', checker: 'sshd' },
      ...(reload ? [{ kind: 'unit', name: sshd.unit.name, verb: 'reload' } as const] : []),
    ],
  };
}

export function nothingToDo(stage: OptionStage, result: EditResult): Change {
  const stricter = result.kept.filter((it) => it.stricter).length;
  return {
    address: `file:${OWN_FILE}`,
    action: 'none',
    title:
      stricter > 0
        ? `nothing to do: the options are in force, ${stricter} of them stricter than asked`
        : 'nothing to do: the options are in force already',
    step: stage.step,
    ...asked(stage.wanted),
    risk: 'none',
    phase: stage.phase,
    confidence: 'predicted',
    effective: [],
    primitives: [],
  };
}
