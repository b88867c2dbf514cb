/**
 * A linked image as its ELF file tells it: functions and variables, and which refers to which, by the relocations that the
 * linker was asked to keep. Pure. What the linker dropped is not there, so neither are references from it.
 */
export interface LinkedImage {
  nodes: ImageNode[];
  /** Contents of a section by its name, undefined if there is none. */
  section(name: string): Uint8Array | undefined;
}

/** A function or variable. */
export interface ImageNode {
  name: string;
  /** Other names of the same thing. */
  aliases: string[];
  start: number;
  /** Behind its last byte. */
  end: number;
  /** Whether it lies among the functions that run before main. */
  isConstructor: boolean;
  refers: Set<ImageNode>;
}

interface Section {
  name: string;
  type: number;
  flags: number;
  address: number;
  offset: number;
  size: number;
  link: number;
  info: number;
}

interface ElfSymbol {
  name: string;
  kind: number;
  section: number;
  value: number;
  size: number;
}

const [relocationTable, symbolTable, allocated] = [4, 2, 2];
const [plainKind, functionKind, sectionKind, threadLocalKind] = [0, 2, 3, 6];
/** Relative to the place, which lies four bytes before where the processor reckons from. */
const relativeRelocations = [2, 4, 9, 41, 42];

/** Throws an Error if the file is not a 64-bit ELF file with its symbols, as the linker leaves it. */
export function readLinkedImage(bytes: Uint8Array): LinkedImage {
  const file = new ElfFile(bytes);
  const symbols = file.symbols();
  const nodes = makeNodes(file.sections, symbols);
  const places = new Places(nodes);
  for (const table of file.sections) {
    const target = file.sections[table.info];
    if (table.type !== relocationTable || target === undefined || (target.flags & allocated) === 0) continue;
    for (const { offset, type, symbol, addend } of file.relocations(table)) {
      const from = places.at(offset);
      const wanted = symbols[symbol];
      if (from === undefined || wanted === undefined || wanted.section === 0) continue;
      const reach = wanted.kind === sectionKind ? addend + (relativeRelocations.includes(type) ? 4 : 0) : 0;
      const to = places.at(wanted.value + reach);
      if (to !== undefined && to !== from) from.refers.add(to);
    }
  }
  return { nodes, section: (name) => file.content(name) };
}

/** One for each address; a symbol without a size (assembler code, a second name) reaches to the next one. */
function makeNodes(sections: readonly Section[], symbols: readonly ElfSymbol[]): ImageNode[] {
  const found = symbols.filter(({ name, kind, section }) => {
    const isNamed = name !== '' && kind <= functionKind && kind >= plainKind && kind !== threadLocalKind;
    return isNamed && ((sections[section]?.flags ?? 0) & allocated) !== 0;
  });
  found.sort((a, b) => a.value - b.value || b.size - a.size);
  const nodes: ImageNode[] = [];
  for (const { name, value, size, section } of found) {
    const last = nodes.at(-1);
    if (last?.start === value) {
      if (last.name !== name) last.aliases.push(name);
      continue;
    }
    nodes.push({ name, aliases: [], start: value, end: value + size, isConstructor: false, refers: new Set() });
    if (last !== undefined && last.end === last.start) last.end = value;
    if (sections[section] === undefined) throw new Error(`${name} lies in no section`);
  }
  // What has no name at all: pointers to constructors, tables that the compiler made.
  for (const [index, section] of sections.entries()) {
    if ((section.flags & allocated) === 0 || section.size === 0) continue;
    const isConstructor = section.name === '.init_array';
    if (isConstructor || !found.some((symbol) => symbol.section === index)) {
      const { name, address, size } = section;
      nodes.push({ name, aliases: [], start: address, end: address + size, isConstructor, refers: new Set() });
    }
  }
  return nodes.sort((a, b) => a.start - b.start);
}

class Places {
  readonly #nodes: readonly ImageNode[];

  constructor(nodes: readonly ImageNode[]) {
    this.#nodes = nodes;
  }

  /** What lies at the address. */
  at(address: number): ImageNode | undefined {
    let [low, high] = [0, this.#nodes.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#nodes[middle]?.start ?? 0) <= address) low = middle + 1;
      else high = middle;
    }
    const node = this.#nodes[low - 1];
    return node !== undefined && address < node.end ? node : undefined;
  }
}

class ElfFile {
  readonly sections: Section[];
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (bytes.length < 64 || this.#view.getUint32(0) !== 0x7f454c46) throw new Error('no ELF file');
    const [start, count] = [this.#long(40), this.#view.getUint16(60, true)];
    const headers = Array.from({ length: count }, (_, index) => start + index * 64);
    const names = headers[this.#view.getUint16(62, true)];
    const namesAt = names === undefined ? 0 : this.#long(names + 24);
    this.sections = headers.map((at) => ({
      name: this.#text(namesAt + this.#word(at)),
      type: this.#word(at + 4),
      flags: this.#long(at + 8),
      address: this.#long(at + 16),
      offset: this.#long(at + 24),
      size: this.#long(at + 32),
      link: this.#word(at + 40),
      info: this.#word(at + 44),
    }));
  }

  symbols(): ElfSymbol[] {
    const table = this.sections.find(({ type }) => type === symbolTable);
    const strings = this.sections[table?.link ?? -1];
    if (table === undefined || strings === undefined) throw new Error('an ELF file without symbols');
    return Array.from({ length: table.size / 24 }, (_, index) => {
      const at = table.offset + index * 24;
      return {
        name: this.#text(strings.offset + this.#word(at)),
        kind: this.#view.getUint8(at + 4) & 15,
        section: this.#view.getUint16(at + 6, true),
        value: this.#long(at + 8),
        size: this.#long(at + 16),
      };
    });
  }

  relocations(table: Section) {
    return Array.from({ length: table.size / 24 }, (_, index) => {
      const at = table.offset + index * 24;
      const addend = Number(this.#view.getBigInt64(at + 16, true));
      return { offset: this.#long(at), type: this.#word(at + 8), symbol: this.#word(at + 12), addend };
    });
  }

  content(name: string): Uint8Array | undefined {
    const section = this.sections.find((each) => each.name === name);
    return section && this.#bytes.subarray(section.offset, section.offset + section.size);
  }

  #word(at: number): number {
    return this.#view.getUint32(at, true);
  }

  #long(at: number): number {
    return Number(this.#view.getBigUint64(at, true));
  }

  #text(at: number): string {
    return Buffer.from(this.#bytes.subarray(at, this.#bytes.indexOf(0, at))).toString('latin1');
  }
}
