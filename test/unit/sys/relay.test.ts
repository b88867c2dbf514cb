import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { relay } from '../../../src/sys/relay.js';

const here = '127.0.0.1';
const endings: (() => Promise<unknown> | unknown)[] = [];

afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

async function listening(onCaller: (socket: Socket) => void): Promise<number> {
  const server: Server = createServer({ allowHalfOpen: true }, onCaller);
  await new Promise<void>((resolve) => server.listen(0, here, resolve));
  endings.push(() => new Promise((resolve) => server.close(resolve)));
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function freePort(): Promise<number> {
  const port = await listening(() => {});
  await endings.pop()?.();
  return port;
}

test('passes on what is sent, both ways, to the end of each', async () => {
  const to = await listening((caller) => {
    const got: Buffer[] = [];
    caller.on('data', (chunk) => got.push(chunk));
    // Answers only once the caller has ended its half.
    caller.on('end', () => caller.end(Buffer.concat(got).reverse()));
  });
  const port = await freePort();
  const passing = await relay({ address: here, port }, { address: here, port: to });
  endings.push(() => passing.close());
  const client = connect({ port, host: here, allowHalfOpen: true });
  const back: Buffer[] = [];
  client.on('data', (chunk) => back.push(chunk));
  client.end('abc');
  await new Promise((resolve) => client.on('end', resolve));
  expect(Buffer.concat(back).toString()).toBe('cba');
});

test('closing ends what goes through it, and frees the address', async () => {
  const to = await listening((caller) => {
    caller.on('error', () => {});
    caller.on('end', () => caller.end());
    caller.resume();
  });
  const port = await freePort();
  const passing = await relay({ address: here, port }, { address: here, port: to });
  const client = connect({ port, host: here });
  client.on('error', () => {});
  await new Promise((resolve) => client.on('connect', resolve));
  const closed = new Promise((resolve) => client.on('close', resolve));
  await passing.close();
  await closed;
  const again = await relay({ address: here, port }, { address: here, port: to });
  await again.close();
});

test('an address that is taken is refused', async () => {
  const taken = await listening(() => {});
  await expect(relay({ address: here, port: taken }, { address: here, port: 1 })).rejects.toMatchObject({
    code: 'EADDRINUSE',
  });
});
