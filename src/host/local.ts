/**
 * The host when lwd runs in a dom0 itself: programs and files are this machine's.
 */
import { UserError } from '../errors.js';
import { wallSeconds } from '../sys/clock.js';
import { sha256File } from '../sys/digest.js';
import { type ExecOptions, type ExecResult, exec, runInTerminal } from '../sys/exec.js';
import * as fs from '../sys/fs.js';
import { relay, type TcpAddress } from '../sys/relay.js';
import { capabilitiesFromProbe, probeScript } from './capabilities.js';
import { makeRoom, pushedDirectory, pushedPath, sendPushed } from './dom0-files.js';
import type { Forwarding, Host, HostCapabilities } from './host.js';
import { scriptCommand } from './remote-command.js';
import { besideXenstored, xenstoredScript } from './xenstored.js';

/** True if this machine is the control domain of a running Xen. */
export async function isControlDomain(): Promise<boolean> {
  return ((await fs.readText('/proc/xen/capabilities')) ?? '').includes('control_d');
}

export class LocalHost implements Host {
  readonly name = 'local';
  #capabilities: Promise<HostCapabilities> | undefined;
  readonly #pushed: string;

  /** `pushed`: where the copies of images are kept. */
  constructor(pushed = pushedDirectory) {
    this.#pushed = pushed;
  }

  exec(command: readonly [string, ...string[]], options: ExecOptions): Promise<ExecResult> {
    return exec(command, options);
  }

  script(text: string, args: readonly string[], options: ExecOptions): Promise<ExecResult> {
    const run = (own: ExecOptions) => exec(scriptCommand(text, args), own);
    const look = (own: ExecOptions) => exec(scriptCommand(xenstoredScript, []), own);
    return besideXenstored(this.name, run, look, options);
  }

  interact(command: readonly string[]): Promise<number> {
    const [program = process.env.SHELL ?? 'sh', ...args] = command;
    return runInTerminal([program, ...args]);
  }

  read(path: string, limit: number): Promise<Uint8Array> {
    return fs.readHead(path, limit);
  }

  write(path: string, content: Uint8Array | string): Promise<void> {
    return fs.writeAtomic(path, content);
  }

  /**
   * It is here already, but whoever could write it can still do so: what xl is given is a copy that has the digest, and that
   * nobody but root can change.
   */
  async push(localFile: string, sha256: string): Promise<string> {
    const copy = pushedPath(sha256, this.#pushed);
    if (fs.exists(copy) && (await sha256File(copy)) === sha256) await fs.setTimes(copy, wallSeconds() * 1000);
    else await makeRoom(this, await sendPushed(this, localFile, sha256, this.#pushed), this.#pushed);
    return copy;
  }

  async forget(): Promise<void> {}

  forward(listen: TcpAddress, to: TcpAddress): Promise<Forwarding> {
    return relay(listen, to).catch((error: unknown) => {
      throw new UserError(`cannot listen on ${listen.address}:${listen.port}`, {
        cause: error,
        next: ['choose another port'],
      });
    });
  }

  capabilities(): Promise<HostCapabilities> {
    this.#capabilities ??= this.script(probeScript, [], { timeout: 30_000 }).then((result) =>
      capabilitiesFromProbe(result, this.name),
    );
    return this.#capabilities;
  }

  async close(): Promise<void> {}
}
