/** Names in the text form of LLVM's bitcode: pure. */

/**
 * The module's text with global names changed, and with the old ones of `aliases` as weak aliases of the new. Texts in quotes
 * are left alone, but for assembler code in them, where all but the names in `kept` are changed: those that have an alias
 * anywhere, since some are an instruction's too (pause).
 */
export function bitcodeText(
  text: string,
  renames: ReadonlyMap<string, string>,
  aliases: readonly string[],
  kept: ReadonlySet<string>,
): string {
  const inAssembler = (code: string) =>
    code.replaceAll(/\b[A-Za-z_]\w*\b/g, (word) => (kept.has(word) ? word : (renames.get(word) ?? word)));
  // What begins with ^ is a summary for another kind of optimisation, which nobody asks for here.
  const wanted = text.split('\n').filter((line) => !/^\^\d+ = /.test(line));
  const lines = wanted.map((line) => {
    const isAssembler = /^module asm "|\basm (?:sideeffect |alignstack |inteldialect |unwind )*"/.test(line);
    return line.replaceAll(/"[^"]*"|@[A-Za-z_]\w*\b/g, (token) => {
      if (token.startsWith('"')) return isAssembler ? inAssembler(token) : token;
      const renamed = renames.get(token.slice(1));
      return renamed === undefined ? token : `@${renamed}`;
    });
  });
  const added = aliases.map((name) => `@${name} = weak alias i8, ptr @${renames.get(name)}`);
  return [...lines, ...added, ''].join('\n');
}
