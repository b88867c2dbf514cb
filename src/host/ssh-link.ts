/**
 * One ssh control master and what goes through it. Every call is one ssh process that hands its work to the master: no
 * probe before, no new handshake. Tells the far program's failure from the connection's.
 */
import { HostError, UserError } from '../errors.js';
import { type ExecOptions, type ExecResult, exec, runInTerminal } from '../sys/exec.js';
import { exists } from '../sys/fs.js';
import type { TcpAddress } from '../sys/relay.js';
import type { Forwarding } from './host.js';
import { LostConnection } from './lost.js';
import { remoteCommand } from './remote-command.js';
import { lostBesideMaster, neverConnected, unreachable } from './ssh-failure.js';

export interface SshTarget {
  /** The host's name for messages. */
  name: string;
  /** Options and destination, as ssh takes them. */
  options: readonly string[];
  destination: string;
  /** As a user would type it. */
  login: string;
  /** The master's socket. */
  controlPath: string;
  /** Seconds that the far side has for answering a new connection. */
  patience: number;
  /** Ask every few seconds whether the far side still answers. Not for one that stands still at times. */
  keepAlive: boolean;
  /** The login shell there is known to be a POSIX shell (elsewhere it may be csh, or fish). */
  posixShell: boolean;
  /** What the user can do when there is no connection. */
  next: readonly string[];
}

export class SshLink {
  readonly #target: SshTarget;

  constructor(target: SshTarget) {
    this.#target = target;
  }

  /**
   * Has the far login shell run `remote`; `command` is what messages call it. Throws HostError if it could not be started,
   * or if the connection was lost.
   */
  async exec(command: readonly string[], remote: string, options: ExecOptions): Promise<ExecResult> {
    let tail = '';
    const { onStderr } = options;
    const watch = (chunk: Uint8Array) => {
      tail = (tail + Buffer.from(chunk).toString()).slice(-2000);
      onStderr?.(chunk);
    };
    const watched = onStderr === undefined ? options : { ...options, onStderr: watch };
    const result = await exec(this.#command([], remote), watched);
    if (result.startError !== undefined) throw noSsh();
    if (result.exitCode === 255) await this.#throwIfLost(command, result.stderr + tail);
    return { ...result, command };
  }

  /** As exec, with this process's terminal. Gives the exit status. */
  async interact(command: readonly string[]): Promise<number> {
    const terminal = process.stdin.isTTY ? ['-t'] : [];
    // Without a command: the login shell.
    const remote = command.length === 0 ? [] : [remoteCommand(command)];
    const status = await runInTerminal(this.#command(terminal, ...remote));
    if (status === 255) await this.#throwIfLost(command, '');
    return status;
  }

  /** Makes the master if there is none. The first call on a new connection pays for the handshake; so can this. */
  async connect(timeout: number, signal?: AbortSignal): Promise<void> {
    const result = await exec(this.#command(['-f', '-N']), {
      timeout,
      ...(signal === undefined ? {} : { signal }),
    });
    if (result.startError !== undefined) throw noSsh();
    if (result.exitCode !== 0) throw this.#unreachable(result.stderr);
  }

  /** Has the master listen on this machine and pass connections on. */
  async forward(listen: TcpAddress, to: TcpAddress): Promise<Forwarding> {
    const place = `${listen.address}:${listen.port}:${to.address}:${to.port}`;
    await this.connect(30_000);
    const asked = await exec(this.#command(['-O', 'forward', '-L', place]), { timeout: 10_000 });
    if (asked.startError !== undefined) throw noSsh();
    if (asked.exitCode !== 0) {
      throw new UserError(`cannot listen on ${listen.address}:${listen.port}: ${asked.stderr.trim()}`, {
        next: ['choose another port'],
      });
    }
    return {
      close: async () => void (await exec(this.#command(['-O', 'cancel', '-L', place]), { timeout: 10_000 })),
    };
  }

  isConnected(): boolean {
    return exists(this.#target.controlPath);
  }

  /** Ends the master, and with it whatever still runs through it. */
  async disconnect(): Promise<void> {
    if (this.isConnected()) await exec(this.#command(['-O', 'exit']), { timeout: 5000 });
  }

  #command(options: readonly string[], ...remote: string[]): [string, ...string[]] {
    const { controlPath, destination, keepAlive, patience } = this.#target;
    const own = [
      ...['-o', 'BatchMode=yes', '-o', 'StrictHostKeyChecking=yes', '-o', `ConnectTimeout=${patience}`],
      ...['-o', `ServerAliveInterval=${keepAlive ? 5 : 0}`, '-o', 'ServerAliveCountMax=3', '-o', 'EscapeChar=none'],
      ...['-o', 'ControlMaster=auto', '-o', 'ControlPersist=yes', '-o', `ControlPath=${controlPath}`],
    ];
    return ['ssh', ...own, ...this.#target.options, ...options, '--', destination, ...remote];
  }

  /** ssh ended with 255: the far program's own status if the connection still stands, else ssh's. */
  async #throwIfLost(command: readonly string[], stderr: string): Promise<void> {
    const check = await exec(this.#command(['-O', 'check']), { timeout: 5000 });
    if (check.exitCode === 0 && !lostBesideMaster(stderr)) return;
    if (neverConnected(stderr)) throw this.#unreachable(stderr);
    throw new LostConnection(this.#target.name, inOneLine(command), this.#target.next);
  }

  #unreachable(stderr: string): HostError {
    return unreachable(stderr, this.#target, this.#target.next);
  }
}

function noSsh(): HostError {
  return new HostError('ssh is not installed', {
    next: ['sudo apt-get install openssh-client', 'or: lwd doctor --fix'],
  });
}

/** A command for a message; what has lines of its own is left out. */
function inOneLine(command: readonly string[]): string {
  const line = command.map((word) => (word.includes('\n') ? '…' : word)).join(' ');
  return line.length > 160 ? `${line.slice(0, 160)}…` : line;
}
