/**
 * Argument arrays through ssh, which knows one string only: the far login shell splits it again. This is the only place
 * where that string is made. Pure.
 */

import { shellWord } from '../sys/shell-word.js';

/** dropbear takes no command longer than 9,000 bytes; OpenSSH's limit is far above. */
export const longestCommand = 8000;

/**
 * One word for the far shell, whatever bytes `argument` holds. Throws for NUL, which no argument can hold.
 */
export function quoteWord(argument: string): string {
  if (argument.includes('\0')) throw new Error('an argument holds a NUL byte');
  return shellWord(argument);
}

/** The string for ssh that runs this program with these arguments in place of the login shell. */
export function remoteCommand(command: readonly string[]): string {
  return `exec ${command.map(quoteWord).join(' ')}`;
}

/** The string for ssh that has a login shell, known to be a POSIX one, run this program itself: a process start less. */
export function remoteScript(text: string, args: readonly string[]): string {
  return `set -- ${args.map(quoteWord).join(' ')}\n${withSteps(text)}`;
}

/** A shell program with positional parameters, as a command. `$0` is "lwd" in its messages. */
export function scriptCommand(text: string, args: readonly string[]): [string, ...string[]] {
  return ['sh', '-c', withSteps(text), 'lwd', ...args];
}

/** For tests that let scripts die at each of their steps: a folder of dom0 with programs to be found before its own. */
function withSteps(text: string): string {
  const folder = process.env.LWD_CRASH_PATH;
  return folder ? `PATH=${quoteWord(folder)}:$PATH\nexport PATH\n${text}` : text;
}
