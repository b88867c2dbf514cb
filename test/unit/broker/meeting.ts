/** A broker's end of one connection, and a caller's who launches a domain through it: what goes between them is real. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { Connection } from '../../../src/broker/connection.js';
import { BrokerHost } from '../../../src/host/broker/broker-host.js';
import { type BrokeredDomain, type LaunchCallbacks, launchThrough } from '../../../src/xl/life/brokered-launch.js';
import type { ProcessControls } from '../../../src/xl/stream/process-channel.js';

const domain = { spec: { name: 'd', network: [] }, foreign: false } as unknown as BrokeredDomain;

export class Meeting {
  readonly #folder = mkdtempSync(join(tmpdir(), 'lwd-caller-'));
  readonly path = join(this.#folder, 'socket');
  readonly #server: Server = createServer();
  /** The broker's end, when a request has come. */
  readonly taken: Promise<{ connection: Connection; socket: Socket; request: unknown }>;

  constructor() {
    this.taken = new Promise((resolve) => {
      this.#server.on('connection', (socket) => {
        const connection = new Connection(socket);
        // As the front would have said first.
        socket.emit('data', Buffer.from('lwd1 1 1001 1001 \n'));
        void connection.request().then((asked) => resolve({ connection, socket, request: asked?.value }));
      });
    });
  }

  listen(): Promise<void> {
    return new Promise((resolve) => this.#server.listen(this.path, resolve));
  }

  /** A caller who stays with a domain, and has these streams for it. */
  launched(streams: Partial<LaunchCallbacks>): { ended: Promise<unknown>; started: Promise<ProcessControls> } {
    let ended: Promise<unknown> = Promise.resolve();
    const started = new Promise<ProcessControls>((resolve) => {
      ended = launchThrough(new BrokerHost(this.path), domain, {
        ...{
          mode: 'attach',
          lease: undefined,
          onStdout() {},
          onStderr() {},
          onConsole() {},
          openStdin: () => undefined,
        },
        onStarted: (_, process) => resolve(process),
        onEnded: async () => 'destroy',
        ...streams,
      });
    });
    ended.catch(() => {});
    return { ended, started };
  }

  close(): void {
    this.#server.close();
    rmSync(this.#folder, { recursive: true });
  }
}

/** To the end. A loop over it would destroy it then. */
export async function whole(readable: Readable): Promise<Buffer> {
  const parts: Buffer[] = [];
  readable.on('data', (part: Buffer) => parts.push(part)).resume();
  await once(readable, 'end');
  return Buffer.concat(parts);
}

/** Bytes in which none is missing or twice unnoticed. */
export const pattern = (size: number) =>
  Buffer.from(Array.from({ length: size }, (_, at) => (at * 7 + (at >> 9)) & 255));
