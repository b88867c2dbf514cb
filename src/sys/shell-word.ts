/** Words for a POSIX shell. Pure. */

const plain = /^[A-Za-z0-9_@%+=:,./-]+$/;

/** One word that stands for just this text. Single quotes keep everything but themselves. */
export function shellWord(text: string): string {
  return plain.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** One line that runs the command with just these arguments. */
export function shellLine(command: readonly string[]): string {
  return command.map(shellWord).join(' ');
}
