/** Recordings are a guest's word: whatever it writes there, what comes out is a trace that can be read. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { handlersOf, traceJson } from '../../../../src/report/trace.js';
import { parseRecording, parseTraceNode, type Recording } from '../../../../src/xl/facts/recording.js';
import { readTrace, type TraceEventShown } from '../../../trace-rules.js';

const headerBytes = 4040;
const page = 4096;

interface Entry {
  ticks: bigint;
  thread?: number;
  other?: number;
  kind: number;
  detail?: number;
  text?: number;
  port?: number;
  address?: bigint;
}

/** A recording of one page of records, at a tick a nanosecond. */
function recordingOf(entries: readonly Entry[], written = BigInt(entries.length)): Uint8Array {
  const bytes = Buffer.alloc(headerBytes + 6 * page);
  bytes.write('lwdrec1\0', 0, 'latin1');
  bytes.writeBigUInt64LE(written, 8);
  bytes.writeBigUInt64LE(1000n, 16);
  bytes.writeUInt32LE(2 ** 31, 24);
  bytes.writeInt32LE(1, 28);
  bytes.writeUInt32LE(1, 32);
  bytes.writeUInt32LE(6, 36);
  bytes.write('a mutex', headerBytes + 64);
  bytes.write('evil "\u001b[31m\n', headerBytes + 128);
  const name = headerBytes + page;
  bytes.writeUInt32LE(1, name + 32);
  bytes.write('main', name + 36);
  entries.forEach((entry, index) => {
    const at = headerBytes + 5 * page + (index % 128) * 32;
    bytes.writeBigUInt64LE(entry.ticks, at);
    bytes.writeUInt32LE(entry.thread ?? 0, at + 8);
    bytes.writeUInt32LE(entry.other ?? 0, at + 12);
    bytes.writeUInt8(entry.kind, at + 16);
    bytes.writeUInt8(entry.detail ?? 0, at + 17);
    bytes.writeUInt16LE(entry.text ?? 0, at + 18);
    bytes.writeUInt32LE(entry.port ?? 0, at + 20);
    bytes.writeBigUInt64LE(entry.address ?? 0n, at + 24);
  });
  return bytes;
}

function parsed(bytes: Uint8Array): Recording {
  const recording = parseRecording(bytes);
  if (typeof recording === 'string') throw new Error(recording);
  return recording;
}

/** Read by the rules that every trace keeps. */
function shown(recording: Recording): TraceEventShown[] {
  return readTrace(traceJson(recording, { domain: 'd', handlers: new Map([[0x1000n, 'timer_fired']]) }));
}

const usual: Entry[] = [
  { ticks: 1000n, kind: 3, thread: 1 },
  { ticks: 2000n, kind: 1, thread: 2, other: 1 },
  { ticks: 3000n, kind: 7, detail: 1, thread: 1, text: 2 },
  { ticks: 4000n, kind: 2, detail: 1, thread: 1, other: 2, text: 1, address: 0xabcn },
  { ticks: 4000n, kind: 3, thread: 2 },
  { ticks: 5000n, kind: 2, detail: 3, thread: 2 },
  { ticks: 5000n, kind: 4, detail: 1 },
  { ticks: 9000n, kind: 4 },
  { ticks: 9000n, kind: 5, detail: 1, port: 3, address: 0x1000n },
  { ticks: 9500n, kind: 1, thread: 1, port: 3 },
  { ticks: 9600n, kind: 5, port: 3 },
  { ticks: 9700n, kind: 3, thread: 1 },
];

test('who waits for what, who wakes whom, who runs', () => {
  const recording = parsed(recordingOf(usual));
  expect(recording.lost).toBe(0);
  expect(handlersOf(recording)).toEqual([0x1000n]);
  const events = shown(recording);
  const of = (tid: number) => events.filter((event) => event.tid === tid && event.ph === 'B').map(({ name }) => name);
  expect(of(0)).toEqual(['main', 'thread-2', 'idle', 'event 3: timer_fired', 'main']);
  const evil = 'evil "\\x1b[31m ';
  expect(of(1)).toEqual(['runs', evil, 'runs', 'waits for a mutex', 'ready', 'runs']);
  expect(of(2)).toEqual(['ready', 'runs']);
  const wait = events.find(({ name }) => name === 'waits for a mutex');
  expect(wait).toMatchObject({ ts: 3, args: { of: 'thread-2', address: '0xabc' } });
  expect(events.filter(({ ph }) => ph === 's').map(({ tid, id }) => [tid, id])).toEqual([
    [1, 1],
    [0, 2],
  ]);
  expect(events.filter(({ ph }) => ph === 'f').map(({ tid, id }) => [tid, id])).toEqual([
    [2, 1],
    [1, 2],
  ]);
});

test('of a ring that has gone round, the last are there, in their order', () => {
  const entries = Array.from({ length: 300 }, (_, index) => ({ ticks: BigInt(1000 + index), kind: 3, thread: index }));
  const { events, lost } = parsed(recordingOf(entries));
  expect(lost).toBe(172);
  expect(events.map((event) => ('thread' in event ? event.thread : -1))).toEqual(
    Array.from({ length: 128 }, (_, index) => index + 172),
  );
});

test.each([
  ['nothing', Buffer.alloc(0), /no recording/],
  ['zeroes', Buffer.alloc(headerBytes), /does not begin/],
  ['a page too few', recordingOf([]).subarray(0, -1), /are not 6 pages/],
  ['pages without end', changed(32, 0xffffffff), /cannot be its records/],
  ['no pages', changed(32, 0), /cannot be its records/],
  ['a clock that stands', changed(24, 0), /clock/],
  ['a clock beyond numbers', changed(28, 0x7fffffff), /clock/],
])('%s is refused', (_, bytes, why) => {
  expect(parseRecording(bytes)).toMatch(why);
});

function changed(offset: number, value: number): Uint8Array {
  const bytes = Buffer.from(recordingOf([]));
  bytes.writeUInt32LE(value, offset);
  return bytes;
}

test('what says where it is', () => {
  expect(parseTraceNode('v1 frame=1234')).toBe('1234');
  for (const text of [
    '',
    'v1 frame=',
    'v1 frame=0',
    'v1 frame=-1',
    'v1 frame=1;reboot',
    'v1 frame=12345678901234567',
    'v2 frame=1',
  ])
    expect(parseTraceNode(text)).toBeUndefined();
});

test('any records at all give a sound trace', () => {
  const entry = fc.record({
    ticks: fc.oneof(fc.bigInt({ min: 0n, max: 1n << 20n }), fc.bigInt({ min: 0n, max: (1n << 64n) - 1n })),
    thread: fc.oneof(fc.nat(3), fc.nat(0xffffffff)),
    other: fc.oneof(fc.nat(3), fc.nat(0xffffffff)),
    kind: fc.oneof(fc.nat(8), fc.nat(255)),
    detail: fc.nat(4),
    text: fc.nat(0xffff),
    port: fc.nat(0xffffffff),
    address: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
  });
  const entries = fc.array(entry, { minLength: 1, maxLength: 128 });
  fc.assert(
    fc.property(entries, fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), (records, written) => {
      shown(parsed(recordingOf(records, written)));
      shown(parsed(recordingOf(records)));
    }),
    { numRuns: 300 },
  );
});
