/** Domains on the network: reached from this machine, reaching out to dom0, and cut off in the middle. */
import { createHash, randomBytes } from 'node:crypto';
import { connect, createServer, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { dom0, guestFolder, lwdEnding, ownDomain, startLwd } from './lwd.js';

const cwd = guestFolder('network');

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Connects as soon as somebody listens. */
async function connected(port: number): Promise<Socket> {
  for (;;) {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const worked = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
    if (worked) return socket;
  }
}

/** Sends all, ends, and gives all that comes back. */
async function exchange(socket: Socket, bytes: Buffer): Promise<Buffer> {
  const back: Buffer[] = [];
  socket.on('data', (chunk) => back.push(chunk));
  socket.end(bytes);
  await new Promise((resolve, reject) => {
    socket.on('end', resolve);
    socket.on('error', reject);
  });
  return Buffer.concat(back);
}

const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

// Two megabytes: on the way to an emulated dom0 they are encrypted by an emulated processor.
test('2 MiB go through a published port and back', async () => {
  const port = await freePort();
  const up = startLwd(['up', '--name', ownDomain('serve'), '--publish', `${port}:80`, '--', 'serve', '2'], { cwd });
  await up.printed('listening');
  const request = Buffer.from('GET / HTTP/1.0\r\n\r\n');
  expect((await exchange(await connected(port), request)).equals(request)).toBe(true);
  const bytes = randomBytes(2 * 2 ** 20);
  expect(digest(await exchange(await connected(port), bytes))).toBe(digest(bytes));
  const ended = await up.ended;
  expect(ended).toMatchObject({ status: 0, stdout: 'listening\n' });
  // The port is free again.
  await expect(
    new Promise((_, reject) => connect({ port, host: '127.0.0.1' }).once('error', reject)),
  ).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

test('10 MiB go from the domain to a server in dom0 and back', async () => {
  const port = String(await freePort());
  const server = startLwd(['host', 'ssh', '--', 'nc', '-l', '-p', port, '-e', 'cat']);
  while (!(await dom0('netstat', '-ltn')).includes(`:${port} `));
  const ended = await lwdEnding(0, ['up', '--name', ownDomain('fetch'), '--', 'fetch', '10.0.3.1', port], { cwd });
  expect(ended.stdout).toBe('10485760 bytes there and back\n');
  expect((await server.ended).status).toBe(0);
});

test('a card that is taken out ends its connections and nothing else', async () => {
  const port = await freePort();
  const name = ownDomain('cut-off');
  const up = startLwd(['up', '--name', name, '--publish', `${port}:80`, '--', 'hold'], { cwd });
  await up.printed('listening');
  const socket = await connected(port);
  socket.on('error', () => {});
  await up.printed('holding');
  await dom0('xl', 'network-detach', name, '0');
  await up.printed('all else goes on\n');
  socket.destroy();
  expect(up.output.stdout).toContain('read: -1 ENETDOWN\n');
  up.signal('SIGTERM');
  expect((await up.ended).status).toBe(143);
});

test('publishing needs a card, and a port that is free', async () => {
  const none = await lwdEnding(78, ['up', '--publish', '1:80'], { cwd: guestFolder('status') });
  expect(none.stderr).toContain('network:');
  const taken = createServer();
  const port = await freePort();
  await new Promise<void>((resolve) => taken.listen(port, '127.0.0.1', resolve));
  const up = startLwd(['up', '--name', ownDomain('serve'), '--publish', `${port}:80`, '--', 'serve', '1'], { cwd });
  await up.complained(`127.0.0.1:${port}`);
  up.signal('SIGTERM');
  await up.ended;
  taken.close();
});
