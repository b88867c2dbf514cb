/** Small ELF files, made for tests: a header, one loadable segment, one of notes, and a section for symbols if wanted. */

/** An ELF note; `owner` is "Xen" unless told. */
export function note(type: number, content: string | Uint8Array, owner = 'Xen'): Buffer {
  const name = Buffer.from(`${owner}\0`);
  const body = Buffer.from(content as string);
  const header = Buffer.alloc(12);
  header.writeUInt32LE(name.length, 0);
  header.writeUInt32LE(body.length, 4);
  header.writeUInt32LE(type, 8);
  return Buffer.concat([header, aligned(name), aligned(body)]);
}

function aligned(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);
}

export function elfFile(options: { notes: readonly Buffer[]; symbols?: boolean }): Uint8Array {
  const notes = Buffer.concat(options.notes);
  const code = Buffer.alloc(16, 0xcc);
  const headers = 64 + 2 * 56;
  const sectionsAt = headers;
  const sections = options.symbols ? section(2) : Buffer.alloc(0);
  const codeAt = sectionsAt + sections.length;
  const header = Buffer.alloc(64);
  header.write('\x7fELF', 'latin1');
  header.set([2, 1, 1], 4);
  header.writeUInt16LE(2, 16);
  header.writeUInt16LE(62, 18);
  header.writeUInt32LE(1, 20);
  header.writeBigUInt64LE(64n, 32);
  header.writeBigUInt64LE(options.symbols ? BigInt(sectionsAt) : 0n, 40);
  header.writeUInt16LE(64, 52);
  header.writeUInt16LE(56, 54);
  header.writeUInt16LE(2, 56);
  header.writeUInt16LE(64, 58);
  header.writeUInt16LE(options.symbols ? 1 : 0, 60);
  return Buffer.concat([
    header,
    segment(1, codeAt, code.length),
    segment(4, codeAt + code.length, notes.length),
    sections,
    code,
    notes,
  ]);
}

function segment(type: number, offset: number, size: number): Buffer {
  const bytes = Buffer.alloc(56);
  bytes.writeUInt32LE(type, 0);
  bytes.writeBigUInt64LE(BigInt(offset), 8);
  bytes.writeBigUInt64LE(BigInt(size), 32);
  return bytes;
}

function section(type: number): Buffer {
  const bytes = Buffer.alloc(64);
  bytes.writeUInt32LE(type, 4);
  return bytes;
}
