/** lwd's end of a stream: bytes and ends both ways between a socket and frames, no more than there is room for. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { toChannel } from '../../../../src/xl/facts/process-frames.js';
import { ProcessStream } from '../../../../src/xl/stream/process-stream.js';

let folder: string;
let ours: Socket;
let theirs: Socket;
let sent: { kind: number; data: Uint8Array }[];
let stream: ProcessStream;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lwd-stream-'));
  const path = join(folder, 'socket');
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true });
  server.listen(path);
  ours = connect({ path, allowHalfOpen: true });
  [theirs] = await once(server, 'connection');
  server.close();
  sent = [];
  stream = new ProcessStream(
    (kind, data = Buffer.alloc(0)) => void sent.push({ kind, data }),
    () => ours,
  );
});

afterEach(() => {
  ours.destroy();
  theirs.destroy();
  rmSync(folder, { recursive: true });
});

const kinds = () => sent.map(({ kind }) => kind);
const bytes = (kind: number) => Buffer.concat(sent.filter((frame) => frame.kind === kind).map(({ data }) => data));

test('what comes goes on as far as there is room, and then its end, while the other way is open', async () => {
  theirs.end(Buffer.alloc(100_000, 7));
  stream.grant(10_000);
  await vi.waitFor(() => expect(bytes(toChannel.streamInput).length).toBe(10_000));
  stream.grant(200_000);
  await vi.waitFor(() => expect(kinds()).toContain(toChannel.streamInputEnds));
  expect(bytes(toChannel.streamInput).equals(Buffer.alloc(100_000, 7))).toBe(true);
  expect(kinds()).not.toContain(toChannel.streamGone);
  stream.write(Buffer.from('still here'));
  theirs.resume();
  const [chunk] = await once(theirs, 'data');
  expect(String(chunk)).toBe('still here');
});

test('room is given back for what was taken alone, and the last words arrive before the end', async () => {
  stream.grant(1);
  const room = () => {
    const said = sent.filter(({ kind }) => kind === toChannel.streamRoom);
    return said.reduce((sum, { data }) => sum + Buffer.from(data).readUInt32LE(), 0);
  };
  expect(room()).toBe(65_536);
  const text = Buffer.alloc(2_000_000, 'a');
  for (let at = 0; at < text.length; at += 20_000) stream.write(text.subarray(at, at + 20_000));
  const got: Buffer[] = [];
  expect(room()).toBeLessThan(2_000_000);
  theirs.on('data', (chunk: Buffer) => got.push(chunk));
  theirs.resume();
  stream.close();
  await once(theirs, 'end');
  expect(Buffer.concat(got).equals(text)).toBe(true);
});

test('an other end that goes is the end of both ways', async () => {
  stream.grant(1000);
  theirs.destroy();
  await vi.waitFor(() => expect(kinds()).toContain(toChannel.streamInputEnds));
  await vi.waitFor(() => {
    stream.write(Buffer.from('x'));
    expect(kinds()).toContain(toChannel.streamGone);
  });
});

test('without a socket the domain is told so at once', () => {
  const none = new ProcessStream(
    (kind, data = Buffer.alloc(0)) => void sent.push({ kind, data }),
    () => undefined,
  );
  none.grant(1);
  none.write(Buffer.from('x'));
  none.close();
  expect(kinds()).toEqual([toChannel.streamGone, toChannel.streamInputEnds]);
});
