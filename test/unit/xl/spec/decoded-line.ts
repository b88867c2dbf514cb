/** What the kernel (kernel/posix/process/command_line.c) makes of a line of cmdline.ts. Throws if it is malformed. */
export function decodeCommandLine(line: string): { env: Record<string, string>; args: string[] } {
  const words: string[] = [];
  const word = /[ \t\n]*(?:"((?:[^"\\]|\\[\\"nt])*)"(?=[ \t\n]|$)|([^ \t\n"][^ \t\n]*)|$)/y;
  while (word.lastIndex < line.length) {
    const at = word.lastIndex;
    const match = word.exec(line);
    if (match === null) throw new Error(`malformed at ${at}: ${line}`);
    if (match[1] !== undefined) {
      words.push(match[1].replaceAll(/\\(.)/g, (_, c) => (c === 'n' ? '\n' : c === 't' ? '\t' : c)));
    } else if (match[2] !== undefined) words.push(match[2]);
  }
  const dashes = words.indexOf('--');
  if (dashes < 0) throw new Error(`no -- in: ${line}`);
  const entries = words.slice(0, dashes).map((entry): [string, string] => {
    const equals = entry.indexOf('=');
    return [entry.slice(0, equals), entry.slice(equals + 1)];
  });
  return { env: Object.fromEntries(entries), args: words.slice(dashes + 1) };
}
