/**
 * Names of the image: a program may call its own functions and variables as it likes, but for what ISO C reserves. So what is
 * the kernel's alone is renamed, and what a standard offers has two names: the private one, by which kernel and libraries call
 * each other, and the usual one, weak, so that a program's own wins. Pure; namespace.ts changes the files.
 */
export interface GlobalSymbol {
  name: string;
  /** As nm has it: U, w for what is wanted of others, other letters for what is defined. */
  type: string;
  /** Where it is used or defined: an object file, or a member of an archive. */
  object: string;
}

export interface Namespace {
  /** Old name → new name, wherever it stands. */
  renames: Map<string, string>;
  /** Object → names that it defines, and that stay as weak aliases of the renamed. */
  aliases: Map<string, string[]>;
}

export const privatePrefix = '__private_';

/** Public variables that a thread has for itself: objcopy cannot make a second name of such a kind. */
const threadLocals = ['h_errno'];

export interface NamespaceInput {
  /** Of lwd's own kernel. */
  kernel: readonly GlobalSymbol[];
  /** Of libraries that nobody but the kernel calls. */
  hidden: readonly GlobalSymbol[];
  /** Of the libraries of the C library, which a program calls too. */
  standard: readonly GlobalSymbol[];
  /** Defined by the linker script. */
  script: readonly string[];
  /** All that headers declare for programs, and what of it is ISO C's. */
  declared: ReadonlySet<string>;
  iso: ReadonlySet<string>;
}

export function planNamespace(input: NamespaceInput): Namespace {
  const { kernel, hidden, standard, declared, iso } = input;
  const renames = new Map<string, string>();
  const aliases = new Map<string, string[]>();
  const rename = (name: string) => renames.set(name, `${privatePrefix}${name}`);
  const isReserved = (name: string) => name.startsWith('_') || iso.has(name) || threadLocals.includes(name);
  const wanted = new Set([...kernel, ...hidden, ...standard].filter(isWanted).map(({ name }) => name));
  const kernels = new Set(kernel);
  const hiddens = new Set(hidden);
  for (const name of input.script) if (!isReserved(name)) rename(name);
  for (const symbol of [...kernel, ...hidden, ...standard]) {
    const { name, object } = symbol;
    if (isWanted(symbol) || isReserved(name)) continue;
    // An object of the C library that none of ours needs by this name stays away by itself where the program has its own.
    const isStandard = !kernels.has(symbol) && !hiddens.has(symbol);
    if (isStandard && !wanted.has(name)) continue;
    rename(name);
    const isPublic = isStandard || (kernels.has(symbol) && declared.has(name));
    if (isPublic) aliases.set(object, [...(aliases.get(object) ?? []), name]);
  }
  for (const { name } of [...kernel, ...hidden, ...standard]) {
    if (name.startsWith(privatePrefix)) throw new Error(`${name}: names with ${privatePrefix} are not for sources`);
  }
  return { renames, aliases };
}

function isWanted({ type }: GlobalSymbol): boolean {
  return type === 'U' || type === 'w' || type === 'v';
}
