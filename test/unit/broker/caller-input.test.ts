/**
 * A caller's standard input on its way through the broker: whole, no faster than it is read, and nothing else waits behind it.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { inputOf, inputWindow } from '../../../src/broker/caller-input.js';
import { Connection } from '../../../src/broker/connection.js';
import { BrokerHost } from '../../../src/host/broker/broker-host.js';
import { encodeFrame, encodeJson } from '../../../src/host/broker/frames.js';
import { type BrokeredDomain, launchThrough } from '../../../src/xl/brokered-launch.js';
import type { ProcessControls } from '../../../src/xl/process-channel.js';

const domain = { spec: { name: 'd', network: [] }, foreign: false } as unknown as BrokeredDomain;

let folder: string;
let server: Server;
let taken: Promise<{ connection: Connection; socket: Socket }>;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lwd-input-'));
  server = createServer();
  taken = new Promise((resolve) => {
    server.on('connection', (socket) => {
      const connection = new Connection(socket);
      // As the front would have said first.
      socket.emit('data', Buffer.from('lwd1 1 1001 1001 \n'));
      void connection.request().then(() => resolve({ connection, socket }));
    });
  });
  await new Promise<void>((resolve) => server.listen(join(folder, 'socket'), resolve));
});

afterEach(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

function launched(stdin: Readable | undefined): { ended: Promise<unknown>; started: Promise<ProcessControls> } {
  let ended: Promise<unknown> = Promise.resolve();
  const started = new Promise<ProcessControls>((resolve) => {
    ended = launchThrough(new BrokerHost(join(folder, 'socket')), domain, {
      ...{ mode: 'attach', lease: undefined, onStdout() {}, onStderr() {}, onConsole() {}, openStdin: () => stdin },
      onStarted: (_, process) => resolve(process),
      onEnded: async () => 'destroy',
    });
  });
  return { ended, started };
}

async function whole(input: Readable): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of input) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

test.each([0, 1, inputWindow, 3_000_001])('%i bytes arrive as they are, and so does their end', async (size) => {
  const bytes = Buffer.from(Array.from({ length: size }, (_, index) => (index * 7 + (index >> 9)) & 255));
  const { ended } = launched(Readable.from(size === 0 ? [] : [bytes.subarray(0, 3), bytes.subarray(3)]));
  const { connection } = await taken;
  expect((await whole(inputOf(connection))).equals(bytes)).toBe(true);
  connection.answer({ kind: 'finished' });
  expect(await ended).toEqual({ kind: 'finished' });
});

test('who has none is at its end', async () => {
  const { ended } = launched(undefined);
  const { connection } = await taken;
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
  const { connection, socket } = await taken;
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
  const caller = connect(join(folder, 'socket'));
  caller.on('error', () => {});
  caller.write(encodeJson('request', {}));
  const { socket } = await taken;
  const many = Buffer.concat(Array.from({ length: 20_000 }, () => encodeFrame('data', Buffer.alloc(1))));
  for (let times = 0; times < 50; times++) caller.write(many);
  await vi.waitFor(() => expect(socket.isPaused()).toBe(true));
  expect(socket.bytesRead).toBeLessThan(1_000_000);
  caller.destroy();
});

test('a caller who goes away has not ended his input', async () => {
  const caller = connect(join(folder, 'socket'));
  caller.write(encodeJson('request', {}));
  const { connection } = await taken;
  const input = inputOf(connection);
  const ends: string[] = [];
  for (const event of ['end', 'error'] as const) input.on(event, () => ends.push(event));
  input.resume();
  caller.destroy();
  await vi.waitFor(() => expect(connection.gone.aborted).toBe(true));
  await new Promise((resolve) => setImmediate(resolve));
  expect(ends).toEqual([]);
});
