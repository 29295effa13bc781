import type { Command } from 'commander';
import { EXIT, UserError } from '../../model/errors.ts';
import { type CommandShape, completionScript, type Shell } from '../../report/completion.ts';
import { deliver } from '../view.ts';

const SHELLS: readonly Shell[] = ['bash', 'zsh', 'fish'];

/** `portcullis completion`: made from the command table itself, so it cannot fall behind. */
export async function completion(shell: string, program: Command): Promise<number> {
  const known = SHELLS.find((one) => one === shell);
  if (known === undefined) {
    throw new UserError(`no completion for "${shell.slice(0, 30)}"`, {
      where: 'completion',
      hints: [`use one of: ${SHELLS.join(', ')}`],
    });
  }
  await deliver(completionScript(known, shapeOf(program)));
  return EXIT.fine;
}

function shapeOf(command: Command): CommandShape {
  return {
    name: command.name(),
    description: command.description(),
    options: command.options
      .filter((option) => !option.hidden)
      .map((option) => ({
        long: option.long ?? '',
        description: option.description,
        choices: option.argChoices ?? [],
        takesValue: option.required || option.optional,
      })),
    subcommands: command.commands.map(shapeOf),
  };
}
