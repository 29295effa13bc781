// The command table of design.md §5. Rules: nothing heavy is imported here; each action imports its command when it runs;
// commander never ends the process, it throws, and its errors become exit code 64.
import { Argument, Command, CommanderError, Option } from 'commander';
import { EXIT } from '../model/errors.ts';
import type { Terminal } from '../ui/terminal.ts';
import { AFTER, GUIDE } from './help.ts';
import type { Start } from './open-session.ts';
import {
  addAnswerOptions,
  addChoiceOptions,
  addInventoryOptions,
  addLeaseOptions,
  addReachOptions,
  collect,
  leaseOption,
  parseTtl,
} from './options.ts';

/** Seconds: nobody's host has to be watched for half a minute a step. */
const DEMO_RECHECK = [2];

const TARGET = '[user@]host[:port], ssh://…, a Host of your ssh_config, or local';

/**
 * Parses words (argv without node and script) and runs the command. Resolves to the exit code. `early` is the terminal
 * when the wizard was painted before; whatever else is said gives it back first.
 */
export async function runProgram(
  words: readonly string[],
  how: Start & { readonly early?: Terminal | undefined },
): Promise<number> {
  let exitCode: number = EXIT.fine;
  const settle = (code: number) => {
    exitCode = code;
  };
  const program = buildProgram({ ...how, settle });
  try {
    await program.parseAsync([...words], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? EXIT.fine : EXIT.usage;
  }
  return exitCode;
}

/** The program itself; `settle` receives the exit code of the command that ran. */
export function buildProgram(
  how: Start & { readonly settle: (code: number) => void; readonly early?: Terminal | undefined },
): Command {
  const { version, settle, early, asked } = how;
  const say = (stream: NodeJS.WriteStream) => (text: string) => {
    early?.restore();
    stream.write(text);
  };
  const program = new Command('portcullis')
    .description(
      'Hardens a Linux server over SSH: shown before, taken back by the host itself unless proved, proved after.',
    )
    .version(`portcullis ${version}`, '-V, --version')
    .exitOverride()
    .configureOutput({ writeOut: say(process.stdout), writeErr: say(process.stderr) })
    .enablePositionalOptions()
    .showHelpAfterError('(portcullis --help shows all commands)')
    .configureHelp({ sortSubcommands: false, showGlobalOptions: false, optionDescription: describe })
    .addHelpText('after', GUIDE);

  const wizard = (command: Command, json: Option, recheck?: readonly number[]): Command =>
    addLeaseOptions(addChoiceOptions(addReachOptions(command, json)), recheck)
      .option('--dry-run', 'look at everything, change nothing', false)
      .option('--plain', 'questions line by line, no redrawing', false)
      .option('--guide', 'plain words on every screen, for the first time; remembered')
      .option('--no-guide', 'without them; remembered');

  wizard(program.argument('[target]', `${TARGET}; asked for when missing`), untold()).action(
    async (target, options) => {
      settle(await (await import('./commands/harden.ts')).harden(target, options, how));
    },
  );

  wizard(program.command('harden').description('the wizard').argument('[target]', TARGET), untold()).action(
    async (target, options) => {
      settle(await (await import('./commands/harden.ts')).harden(target, options, how));
    },
  );

  addChoiceOptions(
    addReachOptions(program.command('check').description('judge every control; changes nothing')),
  )
    .argument('<target>', TARGET)
    .addOption(
      new Option('--format <kind>', 'form of the report')
        .choices(['text', 'json', 'md', 'html', 'sarif'])
        .default('text'),
    )
    .option('--output <file>', 'write the report there instead of stdout')
    .option('--category <step>', 'only this step')
    .option('--view', 'also what the steps see, as tables: jails and the like', false)
    .option('--probe', 'with --view: also knock at the ports from here (TCP, takes seconds)', false)
    .option('--fail-under <score>', 'exit 2 when the score is lower; without it, when a control fails')
    .action(async (target, options) => {
      settle(await (await import('./commands/check.ts')).check(target, options, { version, asked }));
    });

  addChoiceOptions(
    addReachOptions(program.command('plan').description('dry run: every change as a diff; changes nothing')),
  )
    .argument('<target>', TARGET)
    .option('--out <file>', 'write the plan there, for `apply --plan`')
    .option('--no-rehearse', 'do not carry the changes out in namespaces on the host')
    .addOption(new Option('--format <kind>', 'form of the plan').choices(['text', 'json']).default('text'))
    .action(async (target, options) => {
      settle(await (await import('./commands/plan.ts')).plan(target, options, { version, asked }));
    });

  addLeaseOptions(
    addChoiceOptions(addReachOptions(program.command('apply').description('apply without the wizard'))),
  )
    .argument('<target>', TARGET)
    .option('--plan <file>', 'apply exactly this plan')
    .option('--yes', 'you have read the plan and approve it', false)
    .action(async (target, options) => {
      settle(await (await import('./commands/apply.ts')).apply(target, options, { version, asked }));
    });

  addReachOptions(
    program.command('confirm').description('keep the change that `--confirm manual` left armed'),
  )
    .argument('<target>', TARGET)
    .action(async (target, options) => {
      settle(await (await import('./commands/confirm.ts')).confirm(target, options, version));
    });

  addReachOptions(program.command('status').description('the open transaction, if any, and the lease left'))
    .argument('<target>', TARGET)
    .action(async (target, options) => {
      settle(await (await import('./commands/status.ts')).status(target, options, version));
    });

  addReachOptions(program.command('history').description('what was done to this host, newest first'))
    .argument('<target>', TARGET)
    .argument('[transaction]', 'one, or a run: before, what was written, and now')
    .action(async (target, transaction, options) => {
      const { history } = await import('./commands/history.ts');
      settle(await history(target, transaction, { options, version }));
    });

  addLeaseOptions(addReachOptions(program.command('rollback').description('take the last run back')))
    .argument('<target>', TARGET)
    .option('--to <transaction>', 'take back everything after this transaction')
    .option('--step <step>', 'only this step of the last run')
    .option('--run <run>', 'a whole run, named by any of its transactions')
    .option('--transaction <transaction>', 'this one alone')
    .option('--dry-run', 'show what would be restored', false)
    .option('--yes', 'do it without asking', false)
    .action(async (target, options) => {
      settle(await (await import('./commands/rollback.ts')).rollback(target, options, version));
    });

  addReachOptions(
    program.command('lockdown').description('emergency: administration from your addresses only'),
  )
    .argument('<target>', TARGET)
    .addOption(
      new Option('--level <level>', 'restrict: public services stay up')
        .choices(['restrict'])
        .default('restrict'),
    )
    .option('--allow <network>', 'who else may come, besides you (repeatable)', collect, [])
    .addOption(
      new Option('--ttl <time>', 'ends by itself, e.g. 2h; without it, when you unlock').argParser(parseTtl),
    )
    .requiredOption('--reason <text>', 'why; kept on the host')
    .addOption(leaseOption())
    .option('--yes', 'do it without asking', false)
    .action(async (target, options) => {
      settle(await (await import('./commands/lockdown.ts')).lockdown(target, options, { version, asked }));
    });

  addReachOptions(program.command('unlock').description('end the lockdown: exactly what was before'))
    .argument('<target>', TARGET)
    .addOption(leaseOption())
    .option('--yes', 'do it without asking', false)
    .action(async (target, options) => {
      settle(await (await import('./commands/lockdown.ts')).unlock(target, options, { version, asked }));
    });

  addLeaseOptions(
    addInventoryOptions(
      addReachOptions(program.command('secrets').description('declared secrets: look at them, change them')),
    ),
  )
    .argument('<target>', TARGET)
    .addArgument(
      new Argument('<what>', 'what to do').choices(['list', 'generate', 'rotate', 'validate']).argRequired(),
    )
    .argument('[names...]', 'which ones, by name')
    .action(async (target, verb, names, options) => {
      const start = { version, asked };
      settle(await (await import('./commands/secrets.ts')).secrets({ target, verb, names, options, start }));
    });
  const said = (command: Command, kind: 'attest' | 'waive'): Command =>
    addAnswerOptions(addReachOptions(command))
      .argument('<target>', TARGET)
      .argument('[control]', 'control id, e.g. sshd.console-tried')
      .option('--reason <text>', 'what was done, or why it may stay so; kept on this side')
      .option('--by <name>', 'who says it; without it, you as this machine knows you')
      .option('--until <day>', 'the last day on which it holds, e.g. 2027-05-21')
      .option('--for <days>', 'the same as days from now, e.g. 180d')
      .option('--list', 'what was said about this host, and what is still to be said', false)
      .option('--withdraw', 'take it back', false)
      .action(async (target, control, options) => {
        const { statement } = await import('./commands/statements.ts');
        settle(await statement(kind, { target, control }, { options, start: { version, asked } }));
      });
  said(
    program.command('attest').description('record what no tool can see: asked again when it runs out'),
    'attest',
  );
  said(
    program.command('waive').description('accept that a control fails, with a reason and an end'),
    'waive',
  );

  program
    .command('explain')
    .description('what a control reads, why, what it changes, what may break, how it is undone')
    .argument('[control]', 'control id, e.g. sshd.root-login; without it, the list')
    .action(async (control) => {
      settle(await (await import('./commands/explain.ts')).explain(control));
    });

  const profile = program.command('profile').description('profiles: data for one kind of system');
  profile
    .command('list')
    .description('the profiles that come with this version')
    .action(async () => {
      settle(await (await import('./commands/profile.ts')).profileList());
    });
  profile
    .command('show')
    .description('a profile with everything it inherits')
    .argument('<name>')
    .action(async (name) => {
      settle(await (await import('./commands/profile.ts')).profileShow(name));
    });
  profile
    .command('validate')
    .description('every problem of a profile file, with line and column')
    .argument('<file>')
    .action(async (file) => {
      settle(await (await import('./commands/profile.ts')).profileValidate(file));
    });

  wizard(
    program.command('demo').description('a disposable real host on this machine, and the wizard on it'),
    new Option('--json', 'no wizard: events and results as JSON lines'),
    DEMO_RECHECK,
  )
    .argument('[system]', 'debian12 or debian13', 'debian12')
    .action(async (system, options) => {
      settle(await (await import('./commands/demo.ts')).demo(system, options, version));
    });

  program
    .command('doctor')
    .description('what this machine has and lacks for Portcullis')
    .action(async () => {
      settle(await (await import('./commands/doctor.ts')).doctor(version));
    });

  program
    .command('completion')
    .description('shell completion script')
    .argument('<shell>', 'bash, zsh or fish')
    .action(async (shell) => {
      settle(await (await import('./commands/completion.ts')).completion(shell, program));
    });

  for (const command of program.commands) {
    const text = AFTER[command.name()];
    if (text !== undefined) command.addHelpText('after', text);
  }
  return program;
}

/** Who tries it is told what to use instead; nobody else needs to know. */
function untold(): Option {
  return new Option('--json').hideHelp();
}

/** A flag that is off, and a list that is empty, need no default told. */
function describe(option: Option): string {
  const choices = option.argChoices === undefined ? '' : ` (${option.argChoices.join(', ')})`;
  const told = option.defaultValueDescription ?? option.defaultValue;
  const plain = told === undefined || typeof told === 'boolean' || Array.isArray(told);
  return `${option.description}${choices}${plain ? '' : `, default: ${told}`}`;
}
