/** Domains on the network: reached from this machine, reaching out to dom0, and cut off in the middle. */
import { createHash, randomBytes } from 'node:crypto';
import { connect, createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { freePorts } from './free-ports.js';
import { dom0, guestFolder, lwdEnding, ownDomain, startLwd } from './lwd.js';

const cwd = guestFolder('network');
/** Milliseconds. Domains, dom0 and this machine's end of each connection share a processor, busy or not. */
const timeout = 240_000;

async function freePort(): Promise<number> {
  const [port = 0] = await freePorts(1);
  return port;
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
test.each(['pv', 'pvh'])(
  '2 MiB go through a published port and back, %s',
  async (type) => {
    const port = await freePort();
    const flags = ['--type', type, '--name', ownDomain('serve'), '--publish', `${port}:80`];
    const up = startLwd(['up', ...flags, '--', 'serve', '2'], { cwd, timeout });
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
  },
  timeout,
);

test(
  'ranks find each other by the addresses that lwd dealt out',
  async () => {
    const ranks = ['up', '--profile', 'ranks', '--count', '2', '--name', ownDomain('ranks'), '--', 'ranks'];
    expect((await lwdEnding(0, ranks, { cwd, timeout })).stdout).toBe('all 2 are there\n');
  },
  timeout,
);

/** dom0's own address on the bridge that the domain's card is on. */
async function addressOfDom0(family: string): Promise<string> {
  if (family === 'IPv4') return '10.0.3.1';
  const shown = await dom0('ip', '-6', 'addr', 'show', 'dev', 'xenbr0');
  return /inet6 (fe80[0-9a-f:]+)/.exec(shown)?.[1] ?? 'none';
}

test.each(['IPv4', 'IPv6'])(
  '10 MiB go from the domain to a server in dom0 and back, by %s',
  async (family) => {
    const port = String(await freePort());
    const server = startLwd(['host', 'ssh', '--', 'nc', '-l', '-p', port, '-e', 'cat']);
    while (!(await dom0('netstat', '-ltn')).includes(`:${port} `));
    const fetch = ['fetch', await addressOfDom0(family), port];
    const ended = await lwdEnding(0, ['up', '--name', ownDomain('fetch'), '--', ...fetch], { cwd, timeout });
    expect(ended.stdout).toBe('10485760 bytes there and back\n');
    expect((await server.ended).status).toBe(0);
  },
  timeout,
);

test(
  'what was written before the end arrives, however slowly it is read',
  async () => {
    const port = String(await freePort());
    // More than the five seconds without any progress that the domain would wait, but with some in between.
    const slowly = '(for i in 1 2 3; do sleep 3; dd bs=1024 count=80 2>/dev/null; done; cat) | wc -c >/tmp/slowly';
    const server = startLwd(['host', 'ssh', '--', 'nc', '-l', '-p', port, '-e', 'sh', '-c', slowly]);
    while (!(await dom0('netstat', '-ltn')).includes(`:${port} `));
    await lwdEnding(0, ['up', '--name', ownDomain('leave'), '--', 'leave', '10.0.3.1', port], { cwd, timeout });
    expect((await server.ended).status).toBe(0);
    expect(await dom0('cat', '/tmp/slowly')).toBe('327680\n');
  },
  timeout,
);

test(
  'a card that is taken out: every call that waits for it ends, and nothing else',
  async () => {
    const name = ownDomain('cut-off');
    const port = String(await freePort());
    // Three connections are taken and nothing is read from them.
    const peer = startLwd(['host', 'ssh', '--', 'timeout', '150', 'nc', '-ll', '-p', port, '-e', 'sleep', '150']);
    onTestFinished(() => void peer.signal('SIGKILL'));
    while (!(await dom0('netstat', '-ltn')).includes(`:${port} `));
    const up = startLwd(['up', '--name', name, '--', 'cut', '10.0.3.1', port], { cwd, timeout });
    await up.printed('all wait');
    await dom0('xl', 'network-detach', name, '0');
    await up.printed('all else goes on\n');
    const said = up.output.stdout.split('\n').filter((line) => /^\w[\w ]*: /.test(line) && !line.startsWith('lwd'));
    expect(said.sort()).toEqual(
      [
        'connect: ENETDOWN',
        'recv: ENETDOWN',
        'recv again: no error',
        'send after it: EPIPE',
        'send: ENETDOWN',
        'poll: 1 POLLERR POLLHUP',
        'sendto: ENETUNREACH',
        'connect again: ENETUNREACH',
        'connect within: no error',
        'accept of a caller from within: no error',
      ].sort(),
    );
    up.signal('SIGTERM');
    expect((await up.ended).status).toBe(143);
  },
  timeout,
);

test(
  'a name server that lies, or is silent, is an error of its lookup and of no other',
  async () => {
    const settings = 'LWD_NETWORK_0=ip=10.0.3.9/24,dns=127.0.0.1';
    const { stdout } = await lwdEnding(0, ['up', '--name', ownDomain('names'), '--env', settings, '--', 'names'], {
      cwd,
      timeout,
    });
    const unanswered = 'no name server can be asked now';
    expect(stdout.trim().split('\n')).toEqual([
      'good.test: 192.0.2.7',
      'none.test: no such host or service',
      `silent.test: ${unanswered}`,
      `short.test: ${unanswered}`,
      // A name in an answer is passed over, wherever it points.
      'loop.test: 192.0.2.7',
      `other.test: ${unanswered}`,
      'long.test: no such host or service',
      'good.again.test: 192.0.2.7',
    ]);
  },
  timeout,
);

test(
  'a network where nobody gives addresses: a word about it, and no route',
  async () => {
    await dom0('sh', '-c', 'brctl show | grep -q lwdsilent || brctl addbr lwdsilent; ifconfig lwdsilent up');
    const flags = ['--profile', 'alone', '--name', ownDomain('alone')];
    const { stdout, stderr } = await lwdEnding(1, ['up', ...flags, '--', 'fetch', '10.0.3.1', '9'], { cwd, timeout });
    expect(stderr).toMatch(/^lwd: device\/vif\/0: no answer by DHCP/m);
    expect(stdout).toContain('connect: Network is unreachable\n');
  },
  timeout,
);

test(
  'publishing needs a card, somebody who waits, and a port that is free',
  async () => {
    const detached = await lwdEnding(64, ['up', '--detach', '--publish', '1:80'], { cwd, timeout });
    expect(detached.stderr).toMatch(/--publish: a detached domain.*without --detach/s);
    const none = await lwdEnding(78, ['up', '--publish', '1:80'], { cwd: guestFolder('status') });
    expect(none.stderr).toContain('network:');
    const taken = createServer();
    const port = await freePort();
    await new Promise<void>((resolve) => taken.listen(port, '127.0.0.1', resolve));
    const up = startLwd(['up', '--name', ownDomain('serve'), '--publish', `${port}:80`, '--', 'serve', '1'], {
      cwd,
      timeout,
    });
    await up.complained(`127.0.0.1:${port}`);
    up.signal('SIGTERM');
    await up.ended;
    taken.close();
  },
  timeout,
);
