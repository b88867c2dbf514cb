/**
 * Archives in cpio's "newc" form (SVR4, no checksum), the form of a domain's ramdisk. Pure, and the same bytes for the
 * same files: no owner, no times, sorted, each folder ahead of what is in it.
 */
export interface CpioFile {
  /** Absolute path in the archive's root, with no . or .. in it. */
  target: string;
  content: Uint8Array;
}

/** The header's sizes are 32 bits, written as 8 hexadecimal digits. */
const maxFileBytes = 0xffff_ffff;

const regularFile = 0o100444;
const folder = 0o040555;
const encoder = new TextEncoder();

export function writeCpio(files: readonly CpioFile[]): Uint8Array {
  const entries = new Map<string, CpioFile | undefined>();
  for (const file of files) {
    const name = file.target.replace(/^\/+/, '');
    for (let slash = name.indexOf('/'); slash >= 0; slash = name.indexOf('/', slash + 1)) {
      entries.set(name.slice(0, slash), undefined);
    }
    entries.set(name, file);
  }
  const parts: Uint8Array[] = [];
  let inode = 0;
  // By bytes, so that the order does not hang on a locale; a folder's name is a prefix of its files' and so comes first.
  for (const name of [...entries.keys()].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))) {
    const file = entries.get(name);
    inode += 1;
    const content = file?.content ?? new Uint8Array();
    parts.push(header(name, inode, file === undefined ? folder : regularFile, content.length), padded(content));
  }
  parts.push(header('TRAILER!!!', 0, 0, 0));
  return Buffer.concat(parts);
}

/** Header and name, padded so that what follows is aligned to 4 bytes. */
function header(name: string, inode: number, mode: number, size: number): Uint8Array {
  const text = encoder.encode(name);
  if (size > maxFileBytes) throw new Error(`${name} is too large for a cpio archive`);
  const links = mode === folder ? 2 : 1;
  const fields = [inode, mode, 0, 0, links, 0, size, 0, 0, 0, 0, text.length + 1, 0];
  const numbers = fields.map((field) => field.toString(16).padStart(8, '0')).join('');
  return padded(Buffer.concat([encoder.encode(`070701${numbers}`), text, new Uint8Array(1)]));
}

function padded(bytes: Uint8Array): Uint8Array {
  const rest = bytes.length % 4;
  return rest === 0 ? bytes : Buffer.concat([bytes, new Uint8Array(4 - rest)]);
}
