// A login has to end in a shell of the operator's own: no forced command, no cage, and a list of methods he can complete.
import { allMine, type Guard, mine, shown } from './guard.ts';

export const sessionGuard: Guard = {
  id: 'guard.session',
  refuse(input) {
    const { operator } = input;
    const command = allMine(input, 'forcecommand')[0] ?? 'none';
    const cage = allMine(input, 'chrootdirectory')[0] ?? 'none';
    const who = operator === undefined ? 'everybody' : `"${shown(operator.user)}"`;
    return [
      ...(command === 'none'
        ? []
        : [
            {
              guard: 'guard.session',
              message: `ForceCommand would run ${shown(command)} instead of a shell for ${who}`,
              remedy: 'put it into a Match block for the accounts it is meant for',
            },
          ]),
      ...(cage === 'none'
        ? []
        : [
            {
              guard: 'guard.session',
              message: `ChrootDirectory ${shown(cage)} would cage ${who}, without sudo and without the system's programs`,
              remedy: 'put it into a Match block for the accounts it is meant for',
            },
          ]),
    ];
  },
};

export const methodsGuard: Guard = {
  id: 'guard.methods',
  refuse(input) {
    const { operator } = input;
    const lists = allMine(input, 'authenticationmethods')
      .flatMap((line) => line.split(/\s+/))
      .filter((one) => one !== '');
    if (operator === undefined || lists.length === 0 || lists.includes('any')) return [];
    const own = operator.byKey ? ['publickey'] : ['password', 'keyboard-interactive'];
    const open = (method: string): boolean => {
      const [name = ''] = method.split(':');
      const keyword =
        name === 'publickey'
          ? 'pubkeyauthentication'
          : name === 'password'
            ? 'passwordauthentication'
            : 'kbdinteractiveauthentication';
      return own.includes(name) && mine(input, keyword) !== 'no';
    };
    const possible = lists.some((list) => {
      const methods = list.split(',');
      return methods.every(open) && methods.filter((method) => method === 'publickey').length <= 1;
    });
    if (possible) return [];
    return [
      {
        guard: 'guard.methods',
        message: `AuthenticationMethods ${shown(lists.join(' '))} asks for more than you logged in with (${shown(input.context.connection.method)})`,
        remedy: `add ${own[0]} as a list of its own, or log in with all of these methods and plan again`,
      },
    ];
  },
};
