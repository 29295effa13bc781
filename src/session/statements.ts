// Attesting and waiving. Rules: only what the last look allows can be said; it is recorded before it counts; the host is not asked and
// nothing on it changes.
import type { Context } from '../model/context.ts';
import { UserError } from '../model/errors.ts';
import { knownValue } from '../model/outcome.ts';
import type { Survey } from '../model/session.ts';
import { cannotState, type Statement, type StatementRequest, usualDays } from '../model/statement.ts';
import { lastDay } from '../text/last-day.ts';
import { isReason } from '../text/reason.ts';
import { sanitizeLine } from '../text/sanitize.ts';
import { localOperator } from './operator.ts';
import { judgeAgain, needSurvey, type SessionState } from './session.ts';
import { type HostIdentity, loadStatements, removeStatement, saveStatement } from './statement-files.ts';

/** The context with what was said about this host; what was said about one that only looks like it is told once. */
export async function withStatements(state: SessionState, context: Context): Promise<Context> {
  const host = identityOf(context);
  if (host === undefined) return context;
  const { stateDir, emit } = state.options;
  const { statements, others } = await loadStatements(stateDir, host, Date.now());
  if (others > 0 && state.survey === undefined) {
    const text = `${others === 1 ? 'A statement' : `${others} statements`} about this machine id came with another host key, and ${others === 1 ? 'does' : 'do'} not hold here: a clone, or a new key. Say again what is still so: portcullis attest TARGET --list`;
    emit({ type: 'note', level: 'warning', text });
  }
  return { ...context, statements };
}

/** Records it and judges again, on what was read last. Throws UserError for what cannot be said. */
export async function declare(state: SessionState, request: StatementRequest): Promise<Survey> {
  const { kind } = request;
  const survey = needSurvey(state);
  const finding = survey.findings.find((one) => one.control === request.control);
  const control = survey.steps.flatMap((step) => step.controls).find((one) => one.id === request.control);
  if (finding === undefined || control === undefined) throw notWalked(request.control);
  const problem = cannotState(kind, control, finding);
  if (problem !== undefined) {
    throw new UserError(
      `${finding.control} cannot be ${kind === 'attest' ? 'attested' : 'waived'}: ${problem}`,
      {
        where: finding.control,
        hints: [`read about it: portcullis explain ${finding.control}`],
      },
    );
  }
  const until = lastDay(request.until ?? `${usualDays(kind, control)}d`, Date.now());
  if (!until.ok) throw new UserError(`it cannot hold so long: ${until.problem}`, { where: 'until' });
  const said: Statement = {
    ...{ kind, control: finding.control, until: until.day, expired: false },
    reason: oneLine(request.reason, 'reason', 200),
    by: oneLine(request.by ?? localOperator(), 'by', 80),
    at: new Date().toISOString(),
  };
  const target = sanitizeLine(state.options.target.name, 200);
  await saveStatement(state.options.stateDir, { ...needIdentity(survey.context), target }, said);
  return await heard(state, survey);
}

/** Takes back what was said and judges again. Throws UserError when nothing was. */
export async function withdraw(state: SessionState, control: string): Promise<Survey> {
  const survey = needSurvey(state);
  if (!survey.findings.some((one) => one.control === control)) throw notWalked(control);
  const there = await removeStatement(state.options.stateDir, needIdentity(survey.context), control);
  if (!there) {
    throw new UserError(`nothing was said about ${control} on this host`, {
      where: control,
      hints: ['what was: portcullis attest TARGET --list'],
    });
  }
  return await heard(state, survey);
}

async function heard(state: SessionState, survey: Survey): Promise<Survey> {
  return judgeAgain(state, await withStatements(state, survey.context));
}

/** Undefined where the host does not say which machine it is. */
function identityOf({ readings, connection }: Context): HostIdentity | undefined {
  const machineId = knownValue(readings.identity)?.machineId;
  return machineId === undefined ? undefined : { machineId, hostKey: connection.hostKey };
}

function needIdentity(context: Context): HostIdentity {
  const host = identityOf(context);
  if (host !== undefined) return host;
  throw new UserError('nothing can be said about this host: it cannot be told from others', {
    where: '/etc/machine-id',
    hints: ['give it a machine id, as root on the host: systemd-machine-id-setup'],
  });
}

function oneLine(text: string, where: string, limit: number): string {
  const line = text.trim();
  if (isReason(line, limit)) return line;
  throw new UserError(`this is not one line of text`, {
    where,
    hints: [`1 to ${limit} visible characters: they are kept for whoever asks later`],
  });
}

function notWalked(control: string): UserError {
  return new UserError(`this profile does not judge "${sanitizeLine(control, 60)}"`, {
    where: sanitizeLine(control, 60),
    hints: ['portcullis explain lists all controls; --profile chooses another profile'],
  });
}
