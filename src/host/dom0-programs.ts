/**
 * Names for lwd's own programs for dom0. A host behind a broker takes no text: it is told a name and the parameters, and the
 * broker, which has the same texts, knows what may be done with each.
 */
const names = new Map<string, string>();
const texts = new Map<string, string>();

/** Gives the text, by which, or by whose name, it is found from then on. */
export function dom0Program(name: string, text: string): string {
  names.set(text, name);
  texts.set(name, text);
  return text;
}

export function nameOfProgram(text: string): string | undefined {
  return names.get(text);
}

export function textOfProgram(name: string): string | undefined {
  return texts.get(name);
}
