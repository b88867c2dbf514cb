/**
 * A caller's standard input on its way through the broker: whole, no faster than it is read, and nothing else waits behind it.
 */
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { inputOf, inputWindow } from '../../../src/broker/caller-input.js';
import { encodeFrame, encodeJson } from '../../../src/host/broker/frames.js';
import { Meeting, pattern, whole } from './meeting.js';

let meeting: Meeting;

beforeEach(() => {
  meeting = new Meeting();
  return meeting.listen();
});

afterEach(() => meeting.close());

const launched = (stdin: Readable | undefined) => meeting.launched({ openStdin: () => stdin });

test.each([0, 1, inputWindow, 3_000_001])('%i bytes arrive as they are, and so does their end', async (size) => {
  const bytes = pattern(size);
  const { ended } = launched(Readable.from(size === 0 ? [] : [bytes.subarray(0, 3), bytes.subarray(3)]));
  const { connection } = await meeting.taken;
  expect((await whole(inputOf(connection))).equals(bytes)).toBe(true);
  connection.answer({ kind: 'finished' });
  expect(await ended).toEqual({ kind: 'finished' });
});

test('who has none is at its end', async () => {
  const { ended } = launched(undefined);
  const { connection } = await meeting.taken;
  expect(await whole(inputOf(connection))).toHaveLength(0);
  connection.answer({});
  await ended;
});

test('a signal passes input that nobody reads, and no more than the window is sent of that', async () => {
  let given = 0;
  const endless = new Readable({
    read() {
      given += 65_536;
      this.push(Buffer.alloc(65_536));
    },
  });
  const { ended, started } = launched(endless);
  const { connection, socket } = await meeting.taken;
  const words: unknown[] = [];
  connection.onWord = (value) => words.push(value) > 0;
  const input = inputOf(connection);
  input.read(0);
  connection.event({ kind: 'started', id: 1 });
  // All of the window is there, and then some that the stream and its source hold by themselves.
  await vi.waitFor(() => expect(socket.bytesRead).toBeGreaterThan(inputWindow));
  (await started).signal('SIGTERM');
  await vi.waitFor(() => expect(words).toEqual([{ word: 'signal', name: 'SIGTERM' }]));
  expect(socket.bytesRead).toBeLessThan(3 * inputWindow);
  expect(given).toBeLessThan(6 * inputWindow);
  connection.answer({});
  await ended;
  expect(endless.destroyed).toBe(true);
});

test('of a caller who sends without being asked no more is kept than a bound, whatever pieces it comes in', async () => {
  const caller = connect(meeting.path);
  caller.on('error', () => {});
  caller.write(encodeJson('request', {}));
  const { socket } = await meeting.taken;
  const many = Buffer.concat(Array.from({ length: 20_000 }, () => encodeFrame('data', Buffer.alloc(1))));
  for (let times = 0; times < 50; times++) caller.write(many);
  await vi.waitFor(() => expect(socket.isPaused()).toBe(true));
  expect(socket.bytesRead).toBeLessThan(1_000_000);
  caller.destroy();
});

test('a caller who goes away has not ended his input', async () => {
  const caller = connect(meeting.path);
  caller.write(encodeJson('request', {}));
  const { connection } = await meeting.taken;
  const input = inputOf(connection);
  const ends: string[] = [];
  for (const event of ['end', 'error'] as const) input.on(event, () => ends.push(event));
  input.resume();
  caller.destroy();
  await vi.waitFor(() => expect(connection.gone.aborted).toBe(true));
  await new Promise((resolve) => setImmediate(resolve));
  expect(ends).toEqual([]);
});
