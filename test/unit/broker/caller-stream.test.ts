/**
 * A domain's stream on its way through the broker: every byte both ways and the end of each, no more under way than was asked for,
 * nothing else held up, and what becomes of it when either side lies or goes.
 */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Attendance } from '../../../src/broker/attendance.js';
import { type CallerStream, streamWindow } from '../../../src/broker/caller-stream.js';
import type { Connection } from '../../../src/broker/connection.js';
import type { BrokerParts, Case } from '../../../src/broker/parts.js';
import type { LaunchOrder } from '../../../src/broker/requests.js';
import { encodeFrame, encodeJson, type FrameKind, FrameReader } from '../../../src/host/broker/frames.js';
import { Meeting, pattern, whole } from './meeting.js';

let meeting: Meeting;
/** The socket that the caller has for the domain, and what is at its other end. */
let ours: Socket;
let theirs: Socket;

beforeEach(async () => {
  meeting = new Meeting();
  await meeting.listen();
  const path = join(meeting.path, '../pmi');
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }).listen(path);
  ours = connect({ path, allowHalfOpen: true });
  [theirs] = await once(server, 'connection');
  theirs.on('error', () => {});
  server.close();
});

afterEach(() => {
  ours.destroy();
  theirs.destroy();
  meeting.close();
});

/** As the broker has it for a domain that was ordered so. */
function attended(connection: Connection, order: object = { stream: true, spec: { name: 'd' } }): Attendance {
  const one = { connection, caller: { uid: 1001 }, rule: {} } as unknown as Case;
  return new Attendance({ audit: async () => {} } as unknown as BrokerParts, one, order as LaunchOrder);
}

/** The broker's end of the stream, and the caller's launch. */
async function opened(): Promise<{
  stream: CallerStream;
  connection: Connection;
  socket: Socket;
  ended: Promise<unknown>;
}> {
  const { ended } = meeting.launched({ openStream: () => ours });
  const { connection, socket, request } = await meeting.taken;
  expect(request).toMatchObject({ op: 'launch', stream: true });
  const stream = attended(connection).openStream();
  if (stream === undefined) throw new Error('it was ordered');
  stream.on('error', () => {});
  return { stream, connection, socket, ended };
}

/** A caller by hand, who has said that his domain is to have a stream: what he sends, and what he is sent. */
async function hostile(
  order?: object,
): Promise<{ caller: Socket; socket: Socket; stream: CallerStream | undefined; seen: [FrameKind, Uint8Array][] }> {
  const caller = connect(meeting.path);
  const seen: [FrameKind, Uint8Array][] = [];
  const reader = new FrameReader((kind, content) => seen.push([kind, content]));
  caller.on('error', () => {}).on('data', (chunk) => reader.push(chunk));
  caller.write(encodeJson('request', {}));
  const { connection, socket } = await meeting.taken;
  const stream = attended(connection, order).openStream();
  stream?.on('error', () => {});
  return { caller, socket, stream, seen };
}

const bytesOf = (seen: [FrameKind, Uint8Array][]) =>
  seen.reduce((sum, [kind, { length }]) => sum + (kind === 'stream' ? length : 0), 0);

/** So many bytes of it. */
async function take(from: Readable, size: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  for (let got = 0; got < size; ) {
    const part: Buffer | null = from.read();
    if (part === null) await once(from, 'readable');
    else got += parts.push(part) && part.length;
  }
  return Buffer.concat(parts);
}

test.each([0, 1, streamWindow, 1_000_001])(
  '%i bytes arrive as they are each way, and so do both ends',
  async (size) => {
    const { stream, connection, ended } = await opened();
    const bytes = pattern(size);
    theirs.end(bytes);
    expect((await whole(stream)).equals(bytes)).toBe(true);
    // The other way is open still, and then the domain closes it.
    stream.write(bytes);
    stream.destroySoon();
    expect((await whole(theirs)).equals(bytes)).toBe(true);
    connection.answer({ kind: 'finished' });
    expect(await ended).toEqual({ kind: 'finished' });
  },
);

test('whatever pieces it comes in, and whoever is quicker', async () => {
  const { stream, connection, ended } = await opened();
  const sizes = fc.array(fc.nat(3 * streamWindow), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(sizes, sizes, async (there, back) => {
      const both = [there, back].map((list) => list.map(pattern));
      for (const piece of both[0] ?? []) stream.write(piece);
      for (const piece of both[1] ?? []) theirs.write(piece);
      const [gone = Buffer.alloc(0), come = Buffer.alloc(0)] = both.map((list) => Buffer.concat(list));
      const got = await Promise.all([take(theirs, gone.length), take(stream, come.length)]);
      expect(got.map((bytes, at) => bytes.equals([gone, come][at] ?? Buffer.alloc(1)))).toEqual([true, true]);
    }),
    { numRuns: 30 },
  );
  connection.answer({});
  await ended;
});

test('while nobody reads either way no more than the windows is under way, and a signal passes', async () => {
  const { ended, started } = meeting.launched({ openStream: () => ours });
  const { connection, socket } = await meeting.taken;
  const attendance = attended(connection);
  const passed: string[] = [];
  attendance.started(1, { signal: (name) => void passed.push(name) });
  const stream = attendance.openStream() as CallerStream;
  for (let times = 0; times < 100; times++) theirs.write(Buffer.alloc(65_536));
  let written = 0;
  for (let times = 0; times < 100; times++)
    stream.write(Buffer.alloc(65_536), (error) => (written += error ? 0 : 65_536));
  await vi.waitFor(() => expect(socket.bytesRead).toBeGreaterThan(streamWindow));
  (await started).signal('SIGTERM');
  await vi.waitFor(() => expect(passed).toEqual(['SIGTERM']));
  expect(socket.bytesRead).toBeLessThan(3 * streamWindow);
  // What sockets of this machine hold by themselves is some 200 KiB.
  expect(written).toBeLessThan(1_000_000);
  expect(socket.bytesWritten).toBeLessThan(1_000_000);
  theirs.destroy();
  connection.answer({});
  await ended;
});

test.each([
  ['more than he was asked for', [Buffer.alloc(streamWindow), Buffer.alloc(1)]],
  ['anything after the end', ['stream-input-ends', Buffer.alloc(1)]],
])('a caller who sends %s is cut off', async (_, what) => {
  const { caller, socket } = await hostile();
  for (const each of what) {
    caller.write(typeof each === 'string' ? encodeJson('event', { word: each }) : encodeFrame('stream', each));
  }
  await once(caller, 'close');
  expect(socket.destroyed).toBe(true);
});

test('so is one whose domain was to have no stream', async () => {
  const { caller, stream } = await hostile({});
  expect(stream).toBeUndefined();
  caller.write(encodeFrame('stream', Buffer.alloc(1)));
  await once(caller, 'close');
});

test('a caller who says that he takes everything, and reads nothing, costs no more than a bound', async () => {
  const { caller, socket, stream } = await hostile();
  caller.pause();
  for (let times = 0; times < 5000; times++) caller.write(encodeJson('event', { word: 'stream-room', bytes: 2 ** 20 }));
  await vi.waitFor(() => expect(socket.bytesRead).toBeGreaterThan(5000 * 40));
  let taken = 0;
  for (let times = 0; times < 200; times++) {
    stream?.write(Buffer.alloc(65_536), (error) => (taken += error ? 0 : 65_536));
  }
  await vi.waitFor(() => expect(taken).toBeGreaterThan(0));
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(socket.writableLength).toBeLessThan(3 * 2 ** 20);
  expect(taken).toBeLessThan(4 * 2 ** 20);
  caller.destroy();
});

test('each byte by itself is taken for what it is', async () => {
  const { caller, stream } = await hostile();
  const bytes = pattern(streamWindow);
  caller.write(Buffer.concat([...bytes].map((byte) => Buffer.from(encodeFrame('stream', Uint8Array.of(byte))))));
  caller.write(encodeJson('event', { word: 'stream-input-ends' }));
  expect((await whole(stream as CallerStream)).equals(bytes)).toBe(true);
  caller.destroy();
});

test('no more goes to a caller than he has room for', async () => {
  const { caller, stream, seen } = await hostile();
  stream?.write(pattern(1000));
  caller.write(encodeJson('event', { word: 'stream-room', bytes: 10 }));
  await vi.waitFor(() => expect(bytesOf(seen)).toBe(10));
  caller.write(encodeJson('event', { word: 'stream-room', bytes: 5 }));
  await vi.waitFor(() => expect(bytesOf(seen)).toBe(15));
  caller.destroy();
});

test('a broker that sends more than there is room for is not believed any more', async () => {
  const { connection, ended } = await opened();
  await connection.flow('stream', Buffer.alloc(65_536 + 1));
  await expect(ended).rejects.toThrow('65537 bytes of a stream with room for');
});

test('a caller who goes is the end of both ways for the domain', async () => {
  const { caller, stream } = await hostile();
  caller.destroy();
  await once(stream as CallerStream, 'close');
  expect(stream?.destroyed).toBe(true);
});

test('an other end that goes is told to the domain', async () => {
  const { stream, connection, ended } = await opened();
  theirs.destroy();
  expect(await whole(stream)).toHaveLength(0);
  // As on any socket, that nobody takes what is written shows when something is.
  const words = setInterval(() => stream.write('words'), 5);
  await once(stream, 'close');
  clearInterval(words);
  connection.answer({});
  await ended;
});

test('a broker that goes is the end of both ways for the other end', async () => {
  const { stream, socket, ended } = await opened();
  stream.write('last words');
  theirs.resume();
  expect(String((await once(theirs, 'data'))[0])).toBe('last words');
  socket.destroy();
  await expect(ended).rejects.toThrow('ended the connection without an answer');
  await once(theirs, 'end');
});

test('the answer waits for what the domain wrote last, which arrives', async () => {
  meeting.launched({ openStream: () => ours });
  const { connection, socket } = await meeting.taken;
  const attendance = attended(connection);
  const stream = attendance.openStream() as CallerStream;
  const bytes = pattern(500_000);
  stream.write(bytes);
  stream.destroySoon();
  const over = attendance.over().then(() => connection.answer({}));
  expect((await whole(theirs)).equals(bytes)).toBe(true);
  await over;
  expect(socket.writableEnded).toBe(true);
});
