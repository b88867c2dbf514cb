/**
 * The Xen host that lwd brings along, as a Host: the first call finds or starts it, the rest is ssh.
 */
import { basename, join } from 'node:path';
import { HostError } from '../../errors.js';
import type { ExecOptions, ExecResult } from '../../sys/exec.js';
import * as fs from '../../sys/fs.js';
import type { TcpAddress } from '../../sys/relay.js';
import { makeRoom, pushedPath, readRemote, sendPushed, writeRemote } from '../dom0-files.js';
import type { Forwarding, Host, HostCapabilities, HostProgress } from '../host.js';
import type { SshHost } from '../ssh.js';
import { isPresent } from './image.js';
import { ensureInstance, findInstance, type Instance, instanceFolder, instanceHost, isParkable } from './instance.js';
import { type EmbeddedName, variantOf } from './name.js';
import { enter, leave } from './parking.js';

export class EmbeddedHost implements Host {
  readonly name: string;
  readonly virtualTime: boolean;
  readonly #place: EmbeddedName;
  readonly #progress: HostProgress;
  readonly #signal: AbortSignal | undefined;
  #instance: Promise<Instance> | undefined;
  readonly #ssh: SshHost;

  /** `signal` breaks off a start; what runs on a host that is up has signals of its own. `name`: as the user calls it. */
  constructor(place: EmbeddedName, progress: HostProgress = () => {}, signal?: AbortSignal, name: string = place) {
    this.name = name;
    this.virtualTime = variantOf(place) === 'embedded-icount';
    this.#place = place;
    this.#progress = progress;
    this.#signal = signal;
    this.#ssh = instanceHost(place, name);
  }

  exec(command: readonly [string, ...string[]], options: ExecOptions): Promise<ExecResult> {
    return this.#run(() => this.#ssh.exec(command, options), options.signal);
  }

  script(text: string, args: readonly string[], options: ExecOptions): Promise<ExecResult> {
    return this.#run(() => this.#ssh.script(text, args, options), options.signal);
  }

  interact(command: readonly string[]): Promise<number> {
    // Of the shells there, busybox's has line editing.
    return this.#run(() => this.#ssh.interact(command.length === 0 ? ['busybox', 'sh', '-l'] : command));
  }

  read(path: string, limit: number): Promise<Uint8Array> {
    return readRemote(this, path, limit);
  }

  write(path: string, content: Uint8Array | string): Promise<void> {
    return writeRemote(this, path, content);
  }

  /**
   * Nobody but lwd keeps house in this dom0, so what was sent is remembered here: known files cost no round trip. What is to
   * go is forgotten before it goes: an lwd may be killed between the two.
   */
  async push(localFile: string, sha256: string): Promise<string> {
    await this.#started();
    const known = join(instanceFolder(this.#place), 'pushed');
    if (fs.exists(join(known, sha256))) return pushedPath(sha256);
    const old = await sendPushed(this, localFile, sha256);
    for (const digest of old) await fs.remove(join(known, digest));
    await makeRoom(this, old);
    await fs.writeAtomic(join(known, sha256), '');
    return pushedPath(sha256);
  }

  async forget(path: string): Promise<void> {
    await fs.remove(join(instanceFolder(this.#place), 'pushed', basename(path)));
  }

  forward(listen: TcpAddress, to: TcpAddress): Promise<Forwarding> {
    return this.#run(() => this.#ssh.forward(listen, to));
  }

  async isDown(): Promise<boolean> {
    return this.#instance === undefined && (await findInstance(this.#place)) === undefined;
  }

  async capabilities(): Promise<HostCapabilities> {
    return (await this.#started()).capabilities;
  }

  async close(): Promise<void> {
    if (this.#instance === undefined || !isParkable(this.#place)) return;
    this.#instance = undefined;
    await leave(instanceFolder(this.#place));
  }

  #started(signal?: AbortSignal): Promise<Instance> {
    this.#instance ??= this.#start(signal).catch((error: unknown) => {
      this.#instance = undefined;
      throw error;
    });
    return this.#instance;
  }

  async #start(signal: AbortSignal | undefined): Promise<Instance> {
    const instance = await ensureInstance(this.#place, this.#progress, signal ?? this.#signal);
    if (!(await isPresent(instance.image, instance.sources))) this.#progress(otherVersion(this.name));
    if (isParkable(this.#place)) {
      await enter(instanceFolder(this.#place));
      // A caller that forgets to close must not leave it running; close() does nothing the second time.
      process.once('beforeExit', () => void this.close());
    }
    return instance;
  }

  /** If the host is found dead before anything could run on it, it is started again, once. */
  async #run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    await this.#started(signal);
    try {
      return await work();
    } catch (error) {
      const neverRan = error instanceof HostError && error.exitCode === new HostError('').exitCode;
      if (!neverRan || (await findInstance(this.#place)) !== undefined) throw error;
      this.#instance = undefined;
      await this.#started(signal);
      return work();
    }
  }
}

/** Its dom0 may lack a program that scripts of this lwd count on, and then they fail with words that help nobody. */
function otherVersion(name: string): string {
  return `${name} was started by another version of lwd and may lack what this one needs; to have the present one:
  lwd host down --host ${name} && lwd host up --host ${name}`;
}
