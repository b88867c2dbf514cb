/**
 * What the trace reader (dom0/trace-reader/) found in a domain's memory: a header and pages in the form of
 * kernel/hpc/trace_form.h. Pure. All of it is the guest's word: sizes are checked against what came, numbers against what
 * they index, time never runs backwards, and texts are made printable.
 */
import { printableLine } from '../../sys/printable.js';

export type RecordedEvent = { at: number } & (
  | { kind: 'ready'; thread: number; by: number; port: number }
  | { kind: 'gives-way'; thread: number; why: 'yields' | 'sleeps' | 'ends' }
  | { kind: 'blocks'; thread: number; on: string | undefined; holder: number; address: bigint }
  | { kind: 'runs'; thread: number }
  | { kind: 'idle-begin' }
  | { kind: 'idle-end' }
  | { kind: 'event-end' }
  | { kind: 'event'; port: number; handler: bigint }
  | { kind: 'mark' | 'span-begin'; thread: number; text: string }
  | { kind: 'span-end'; thread: number }
);

export interface Recording {
  /** `at`: nanoseconds since the recording began; never less than the one before. */
  events: RecordedEvent[];
  names: Map<number, string>;
  /** Events that were recorded, and overwritten by later ones. */
  lost: number;
}

const magic = 'lwdrec1\0';
const pageBytes = 4096;
const headerBytes = 40 + 500 * 8;
const recordBytes = 32;
const namePages = 4;
const mostRecordPages = 256;
const textBytes = 64;
const nameBytes = 32;
const kindIdle = 4;
const kindEvent = 5;

/** Where the guest says that its recording is: the value of `data/lwd/trace`. undefined if it is no such thing. */
export function parseTraceNode(value: string): string | undefined {
  return /^v1 frame=([1-9]\d{0,15})$/.exec(value)?.[1];
}

/** A text says what is wrong with it. */
export function parseRecording(bytes: Uint8Array): Recording | string {
  if (bytes.length < headerBytes) return `${bytes.length} bytes are no recording`;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (asciiAt(bytes, 0, magic.length) !== magic) return 'it does not begin as a recording does';
  const written = view.getBigUint64(8, true);
  const multiplier = view.getUint32(24, true);
  const shift = view.getInt32(28, true);
  const recordPages = view.getUint32(32, true);
  const frames = view.getUint32(36, true);
  if (recordPages < 1 || recordPages > mostRecordPages || frames !== 1 + namePages + recordPages) {
    return `${recordPages} pages of ${frames} cannot be its records`;
  }
  if (bytes.length !== headerBytes + frames * pageBytes) return `${bytes.length} bytes are not ${frames} pages`;
  if (multiplier === 0 || shift < -32 || shift > 32) return 'its clock cannot be';
  const texts = headerBytes;
  const names = texts + pageBytes;
  const records = names + namePages * pageBytes;
  const room = (recordPages * pageBytes) / recordBytes;
  const kept = written < BigInt(room) ? Number(written) : room;
  const first = Number((written - BigInt(kept)) % BigInt(room));
  const nanoseconds = (multiplier / 2 ** 32) * 2 ** shift;
  const start = view.getBigUint64(16, true);
  const text = (number: number) => asciiAt(bytes, texts + (number % (pageBytes / textBytes)) * textBytes, textBytes);
  const events: RecordedEvent[] = [];
  let at = 0;
  for (let index = 0; index < kept; index += 1) {
    const offset = records + ((first + index) % room) * recordBytes;
    const ticks = view.getBigUint64(offset, true) - start;
    const claimed = ticks < 0n ? 0 : Number(ticks) * nanoseconds;
    const event = eventAt(view, offset, Math.max(at, claimed), text);
    if (event === undefined) continue;
    at = event.at;
    events.push(event);
  }
  const lost = Number(written - BigInt(kept));
  return { events, names: namesOf(view, bytes, names), lost };
}

function eventAt(
  view: DataView,
  offset: number,
  at: number,
  text: (number: number) => string,
): RecordedEvent | undefined {
  const thread = view.getUint32(offset + 8, true);
  const other = view.getUint32(offset + 12, true);
  const kind = view.getUint8(offset + 16);
  const detail = view.getUint8(offset + 17);
  const number = view.getUint16(offset + 18, true);
  const port = view.getUint32(offset + 20, true);
  const address = view.getBigUint64(offset + 24, true);
  const begins = detail !== 0;
  // 0 is no thread's number; in a trace it is the vCPU's line.
  if (thread === 0 && kind !== kindIdle && kind !== kindEvent) return undefined;
  switch (kind) {
    case 1:
      return { at, kind: 'ready', thread, by: other, port };
    case 2:
      if (detail === 1) {
        return { at, kind: 'blocks', thread, on: number === 0 ? undefined : text(number), holder: other, address };
      }
      return { at, kind: 'gives-way', thread, why: detail === 0 ? 'yields' : detail === 2 ? 'sleeps' : 'ends' };
    case 3:
      return { at, kind: 'runs', thread };
    case kindIdle:
      return { at, kind: begins ? 'idle-begin' : 'idle-end' };
    case kindEvent:
      return begins ? { at, kind: 'event', port, handler: address } : { at, kind: 'event-end' };
    case 6:
      return { at, kind: 'mark', thread, text: text(number) };
    case 7:
      return begins ? { at, kind: 'span-begin', thread, text: text(number) } : { at, kind: 'span-end', thread };
    default:
      return undefined;
  }
}

function namesOf(view: DataView, bytes: Uint8Array, offset: number): Map<number, string> {
  const names = new Map<number, string>();
  for (let at = offset; at < offset + namePages * pageBytes; at += nameBytes) {
    const thread = view.getUint32(at, true);
    if (thread !== 0) names.set(thread, printableLine(asciiAt(bytes, at + 4, nameBytes - 4)));
  }
  return names;
}

/** Up to the first NUL, but for the magic, which ends in one. */
function asciiAt(bytes: Uint8Array, offset: number, limit: number): string {
  const field = Buffer.from(bytes.buffer, bytes.byteOffset + offset, limit);
  if (offset === 0) return field.toString('latin1');
  const end = field.indexOf(0);
  return printableLine(field.subarray(0, end < 0 ? limit : end).toString('utf8'));
}
