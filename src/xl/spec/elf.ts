/**
 * What lwd must know of an image before it bothers a Xen host with it: is it whole, is it for this machine, which ways
 * into it does it name. Pure: bytes in, facts or a UserError out. Layout: ELF-64, and Xen's xen/include/public/elfnote.h.
 */
import { UserError } from '../../errors.js';

export interface KernelFacts {
  /** The ways in that the image's Xen notes name. */
  types: ('pv' | 'pvh')[];
  /** XEN_ELFNOTE_GUEST_OS, e.g. "lwd"; undefined if it does not say. */
  guestOs: string | undefined;
  /** Whether it is a kernel of lwd's that knows the process channel. */
  hasChannel?: boolean;
  /** Whether it is one that can wait for its command line, as a shell does (shell.ts). */
  canWait?: boolean;
  /** Whether it is one that can be handed a descriptor of lwd's. */
  hasStream?: boolean;
  /** Whether the file holds symbols by itself. */
  hasSymbols: boolean;
}

const machineX86_64 = 62;
const segmentNote = 4;
const sectionSymbols = 2;
const sectionNote = 7;
const noteEntry = 1;
const noteXenVersion = 5;
const noteGuestOs = 6;
const noteGuestVersion = 7;
const noteLoader = 8;
const notePhys32Entry = 18;

interface Part {
  type: number;
  offset: number;
  size: number;
}

/** `file` is the image's name for messages. Throws UserError that says what is wrong with it. */
export function inspectKernel(bytes: Uint8Array, file: string): KernelFacts {
  const wrong = (what: string, next = 'give an image that `lwd build` made, or build it again') =>
    new UserError(`${file}: ${what}`, { exit: 'cannotCreate', next: [next] });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 4 || view.getUint32(0) !== 0x7f454c46) throw wrong('no ELF file');
  if (bytes.length < 64) throw wrong('the file is cut off in its header');
  if (view.getUint8(4) !== 2 || view.getUint8(5) !== 1) throw wrong('not a 64-bit little-endian ELF file');
  const machine = view.getUint16(18, true);
  if (machine !== machineX86_64) throw wrong(`made for another processor (ELF machine ${machine}), not for x86-64`);
  const kind = view.getUint16(16, true);
  if (kind !== 2 && kind !== 3) throw wrong('an object or core file, not a linked program');

  const segments = parts(view, { table: 32, entrySize: 54, count: 56, type: 0, offset: 8, size: 32 });
  const sections = parts(view, { table: 40, entrySize: 58, count: 60, type: 4, offset: 24, size: 32 });
  if (segments === undefined || sections === undefined) throw wrong('the file is cut off: its tables are not there');
  for (const segment of segments) {
    if (segment.offset + segment.size > bytes.length) {
      throw wrong(`the file is cut off: ${bytes.length} bytes, a segment ends at ${segment.offset + segment.size}`);
    }
  }
  const noteSegments = segments.filter((segment) => segment.type === segmentNote);
  const noteSections = sections.filter(
    (section) => section.type === sectionNote && section.offset + section.size <= bytes.length,
  );
  const notes = new Map([...noteSegments, ...noteSections].flatMap((part) => xenNotes(view, part)));
  const types = typesOf(notes);
  if (types.length === 0) {
    throw wrong('an ELF file, but no Xen guest: it names no entry for Xen', 'link it with lwd: `lwd build`');
  }
  const isLwd = textOf(notes.get(noteGuestOs)) === 'lwd';
  const version = isLwd ? Number(textOf(notes.get(noteGuestVersion)) ?? 0) : 0;
  return {
    types,
    guestOs: textOf(notes.get(noteGuestOs)),
    ...(version >= 1 ? { hasChannel: true } : {}),
    ...(version >= 2 ? { canWait: true } : {}),
    ...(version >= 3 ? { hasStream: true } : {}),
    hasSymbols: sections.some((section) => section.type === sectionSymbols),
  };
}

function typesOf(notes: Map<number, Uint8Array>): ('pv' | 'pvh')[] {
  const pv = notes.has(noteEntry) && notes.has(noteXenVersion) && notes.has(noteLoader);
  return [...(pv ? (['pv'] as const) : []), ...(notes.has(notePhys32Entry) ? (['pvh'] as const) : [])];
}

interface TableLayout {
  /** Where the ELF header has the table's offset (8 bytes), its entries' size and their number (2 bytes each). */
  table: number;
  entrySize: number;
  count: number;
  /** Where an entry has its type (4 bytes), its content's offset and size in the file (8 bytes each). */
  type: number;
  offset: number;
  size: number;
}

/** undefined if the table does not lie within the file. */
function parts(view: DataView, layout: TableLayout): Part[] | undefined {
  const start = Number(view.getBigUint64(layout.table, true));
  const entrySize = view.getUint16(layout.entrySize, true);
  const count = view.getUint16(layout.count, true);
  if (count === 0) return [];
  if (entrySize < layout.size + 8 || start + count * entrySize > view.byteLength) return undefined;
  return Array.from({ length: count }, (_, index) => {
    const at = start + index * entrySize;
    return {
      type: view.getUint32(at + layout.type, true),
      offset: Number(view.getBigUint64(at + layout.offset, true)),
      size: Number(view.getBigUint64(at + layout.size, true)),
    };
  });
}

/** The notes whose owner is "Xen": number and content. What runs over the part's end is left out. */
function xenNotes(view: DataView, part: Part): [number, Uint8Array][] {
  const found: [number, Uint8Array][] = [];
  const end = part.offset + part.size;
  const align = (size: number) => (size + 3) & ~3;
  for (let at = part.offset; at + 12 <= end; ) {
    const nameSize = view.getUint32(at, true);
    const contentSize = view.getUint32(at + 4, true);
    const content = at + 12 + align(nameSize);
    if (content + contentSize > end || nameSize > end || contentSize > end) break;
    if (nameSize === 4 && view.getUint32(at + 12) === 0x58656e00) {
      const bytes = new Uint8Array(view.buffer, view.byteOffset + content, contentSize);
      found.push([view.getUint32(at + 8, true), bytes]);
    }
    at = content + align(contentSize);
  }
  return found;
}

function textOf(note: Uint8Array | undefined): string | undefined {
  return note && Buffer.from(note).toString('latin1').replace(/\0.*$/s, '');
}
