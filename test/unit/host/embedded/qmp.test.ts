import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { connectQmp } from '../../../../src/host/embedded/qmp.js';

let folder: string;
let server: Server | undefined;
const alive = async () => true;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lwd-qmp-'));
});

afterEach(() => {
  server?.close();
  rmSync(folder, { recursive: true });
});

/** A QEMU that greets, and then answers each command by `answer`. */
function serve(answer: (command: { execute: string }, socket: Socket) => void): string {
  const path = join(folder, 'qmp');
  server = createServer((socket) => {
    socket.on('error', () => {});
    socket.write('{"QMP":{"version":{}}}\r\n');
    socket.on('data', (chunk) => {
      for (const line of String(chunk).trim().split('\n')) answer(JSON.parse(line), socket);
    });
  }).listen(path);
  return path;
}

it('gives each command its answer, events and broken lines notwithstanding', async () => {
  const path = serve(({ execute }, socket) => {
    const text = `{"event":"STOP"}\r\n{"return":"${execute} ☃"}\r\n`;
    const middle = Buffer.from(text).indexOf(Buffer.from('☃')) + 1;
    socket.write(Buffer.from(text).subarray(0, middle));
    setImmediate(() => socket.write(Buffer.from(text).subarray(middle)));
  });
  const qmp = await connectQmp(path, alive, 5000);
  expect(await qmp.execute('one')).toBe('one ☃');
  expect(await qmp.execute('two')).toBe('two ☃');
  qmp.close();
});

it('keeps the answers to commands apart that are sent at once', async () => {
  const path = serve(({ execute }, socket) => socket.write(`{"return":"${execute}"}\n`));
  const qmp = await connectQmp(path, alive, 5000);
  expect(await Promise.all(['a', 'b', 'c'].map((name) => qmp.execute(name)))).toEqual(['a', 'b', 'c']);
  qmp.close();
});

it('takes what is no JSON for a broken connection', async () => {
  const path = serve(({ execute }, socket) => socket.write(execute === 'x' ? '{"return"\n' : '{"return":{}}\n'));
  const qmp = await connectQmp(path, alive, 5000);
  await expect(qmp.execute('x')).rejects.toThrow(/gives no JSON/);
  await expect(qmp.execute('y')).rejects.toThrow(/QEMU closed/);
});

it('turns a refusal and a lost QEMU into errors of the host', async () => {
  const path = serve(({ execute }, socket) => {
    if (execute === 'die') socket.destroy();
    else if (execute === 'no') socket.write('{"error":{"class":"GenericError","desc":"not so"}}\n');
    else socket.write('{"return":{}}\n');
  });
  const qmp = await connectQmp(path, alive, 5000);
  await expect(qmp.execute('no')).rejects.toThrow('QEMU: not so');
  await expect(qmp.execute('die')).rejects.toThrow(/QEMU closed|lost the connection/);
  await expect(qmp.execute('more')).rejects.toThrow(/QEMU closed/);
});

it('waits for the socket, but not for a QEMU that is gone', async () => {
  const path = join(folder, 'qmp');
  await expect(connectQmp(path, async () => false, 5000)).rejects.toThrow(/ended right after its start/);
  await expect(connectQmp(path, alive, 20)).rejects.toThrow(/does not answer/);
  const connecting = connectQmp(path, alive, 5000);
  serve((_, socket) => socket.write('{"return":{}}\n'));
  (await connecting).close();
});

it('gives up a QEMU that does not answer', async () => {
  const silent = serve(() => {});
  await expect(connectQmp(silent, alive, 5000, 100)).rejects.toThrow(/not answered "qmp_capabilities" .* for 0.1 s/);
});
