/**
 * The broker as a service: its front, which says who connects, its own socket behind that, and the policy file, which is read
 * again when it has changed. Nothing here decides anything.
 */
import { dirname, join } from 'node:path';
import { HostError } from '../errors.js';
import type { Host } from '../host/host.js';
import { exec } from '../sys/exec.js';
import { makeDirectory, remove, status } from '../sys/fs.js';
import { removeLeftBehind, removeLeftBehindBelow, temporaryNames } from '../sys/left-behind.js';
import { connectLocal, listenLocal } from '../sys/local-socket.js';
import { ensureDom0Program } from '../toolchain/dom0-program.js';
import { auditTo } from './audit.js';
import { Broker } from './broker.js';
import { Connection } from './connection.js';
import { ImageStore } from './image-store.js';
import { type Policy, readPolicy } from './policy.js';

export interface Service {
  policyFile: string;
  /** Where callers connect. */
  socket: string;
  audit: string;
  /** For images that callers have sent. */
  images: string;
  host: Host;
  signal: AbortSignal;
  /** Callers can connect now. */
  onReady(): void;
  warn(text: string): void;
}

/** Serves until `signal` is aborted. Throws UserError for a policy that cannot be, HostError if the front ends. */
export async function serve(service: Service): Promise<void> {
  const { socket, signal } = service;
  const policy = new PolicyFile(service.policyFile, service.warn);
  const broker = new Broker(await policy.first(), {
    host: service.host,
    images: new ImageStore(service.images),
    audit: auditTo(service.audit),
    volumeServer: () => ensureDom0Program('volume-server', signal),
    processChannel: () => ensureDom0Program('process-channel', signal),
    diskAttacher: () => ensureDom0Program('disk-attacher', signal),
    over: signal,
  });
  const front = await ensureDom0Program('broker-front', signal);
  await makeWay(socket);
  const own = join(dirname(socket), `.broker-${process.pid}`);
  // Of brokers that were killed.
  await removeLeftBehind(dirname(socket), /^\.broker-(\d+)$/);
  await removeLeftBehindBelow(service.images, temporaryNames);
  await remove(own);
  await makeDirectory(own, 0o700);
  const inner = await listenLocal(join(own, 'inner'), (caller) => {
    const connection = new Connection(caller);
    void policy.now().then((now) => {
      broker.policy = now;
      return broker.serve(connection);
    });
  });
  try {
    const ended = await exec([front.path, socket, join(own, 'inner')], {
      timeout: 0,
      signal,
      onStdout: () => service.onReady(),
    });
    if (signal.aborted) return;
    throw new HostError(`the broker's front has ended: ${ended.stderr.trim() || ended.signal || ended.exitCode}`);
  } finally {
    await inner.close();
    await remove(own);
    await remove(socket);
  }
}

/** What an earlier broker left behind is taken away; one that runs is not. */
async function makeWay(socket: string): Promise<void> {
  await makeDirectory(dirname(socket), 0o755);
  const other = await connectLocal(socket).catch(() => undefined);
  other?.destroy();
  if (other !== undefined) throw new HostError(`a broker is at ${socket} already`, { exit: 'cannotCreate' });
  await remove(socket);
}

class PolicyFile {
  readonly #path: string;
  readonly #warn: (text: string) => void;
  #seen = '';
  #policy: Policy = [];

  constructor(path: string, warn: (text: string) => void) {
    this.#path = path;
    this.#warn = warn;
  }

  async first(): Promise<Policy> {
    this.#seen = await this.#mark();
    this.#policy = await readPolicy(this.#path);
    return this.#policy;
  }

  /** A file that cannot be read any more, or is wrong, changes nothing but what stderr says. */
  async now(): Promise<Policy> {
    const mark = await this.#mark().catch(() => this.#seen);
    if (mark === this.#seen) return this.#policy;
    this.#seen = mark;
    try {
      this.#policy = await readPolicy(this.#path);
    } catch (error) {
      this.#warn(`the policy stays as it was: ${error instanceof Error ? error.message : String(error)}`);
    }
    return this.#policy;
  }

  async #mark(): Promise<string> {
    const found = await status(this.#path);
    return JSON.stringify(found ?? null);
  }
}
