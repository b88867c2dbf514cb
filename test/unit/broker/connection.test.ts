/** One caller's connection: its request is there whenever somebody asks for it, and one who reads slowly costs nothing but time. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Connection } from '../../../src/broker/connection.js';
import { encodeJson } from '../../../src/host/broker/frames.js';

let folder: string;
let server: Server;
let caller: Socket;
let socket: Socket;
let connection: Connection;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lwd-connection-'));
  server = createServer();
  server.listen(join(folder, 'socket'));
  await once(server, 'listening');
  caller = connect(join(folder, 'socket'));
  [socket] = await once(server, 'connection');
  connection = new Connection(socket);
});

afterEach(() => {
  caller.destroy();
  server.close();
  rmSync(folder, { recursive: true });
});

test('a request that is there before anybody asks for it', async () => {
  caller.write('lwd1 1 1001 1001 \n');
  caller.write(encodeJson('request', { op: 'capabilities' }));
  // By then the caller is known, too: a policy that is read anew takes longer than that.
  await vi.waitFor(() => expect(socket.bytesRead).toBeGreaterThan(20));
  await readFile('/proc/self/cgroup');
  await new Promise((resolve) => setImmediate(resolve));
  expect(await connection.request()).toMatchObject({ caller: { uid: 1001 }, value: { op: 'capabilities' } });
});

test('a caller who goes before anybody asks', async () => {
  caller.destroy();
  await vi.waitFor(() => expect(connection.gone.aborted).toBe(true));
  expect(await connection.request()).toBeUndefined();
});

test('of one who reads slowly nothing is left behind', async () => {
  const listeners = () => socket.listenerCount('close') + socket.listenerCount('drain');
  const before = listeners();
  const piece = Buffer.alloc(3 * 2 ** 20);
  for (let times = 0; times < 15; times++) {
    const given = connection.flow('data', piece);
    caller.resume();
    await given;
    caller.pause();
  }
  expect(listeners()).toBe(before);
});
