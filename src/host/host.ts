/**
 * A Xen host: the machine whose dom0 runs `xl`. Three bodies (local, ssh, embedded) behind one interface; nothing above
 * asks which one it has. Paths named `path` are paths in that dom0.
 */
import type { Socket } from 'node:net';
import type { ExecOptions, ExecResult } from '../sys/exec.js';
import type { TcpAddress } from '../sys/relay.js';

/** What lwd may do with a domain's type on this host. */
export interface HostCapabilities {
  /** e.g. "4.20.4" */
  xenVersion: string;
  /** Guest types that the host can run. */
  types: ('pv' | 'pvh')[];
  /** Hardware-assisted paging in hardware: then PVH is the better type. False on an emulated host. */
  fastPvh: boolean;
  /** Directory with guest-NAME.log files that xenconsoled writes, undefined where it keeps none. */
  consoleLogs: string | undefined;
}

/** Lasts until it is closed, or until the host is gone. */
export interface Forwarding {
  close(): Promise<void>;
}

/** Told what a host is doing when a call takes long: one line of text, without an end of line. */
export type HostProgress = (message: string) => void;

/** The caller's part while his question is not answered yet. */
export interface AskReply {
  /** An answer to an event. */
  event(value: object): void;
  data(bytes: Uint8Array): void;
  /** Of a domain's stream. */
  stream(bytes: Uint8Array): void;
  /** No more data. */
  end(): void;
}

/** What comes of a question to a broker besides its answer. */
export interface AskHandlers {
  /** Of this, onStderr and onConsole: until a promise is kept, no more is taken of what comes. */
  onData?(chunk: Uint8Array): void | Promise<void>;
  onStderr?(chunk: Uint8Array): void | Promise<void>;
  onConsole?(chunk: Uint8Array): void | Promise<void>;
  onErrors?(chunk: Uint8Array): void;
  /** Of a domain's stream: no more than was asked for. */
  onStream?(chunk: Uint8Array): void;
  onEvent?(event: unknown, reply: AskReply): void;
  onOpen?(socket: Socket): void;
  /** A file of this machine whose bytes go with the question. */
  file?: string;
  signal?: AbortSignal;
}

/** Stands between lwd and a dom0 in which it may do nothing itself (src/broker/). */
export interface Broker {
  /** Gives the answer. Throws HostError if the broker refuses, or is lost. */
  ask(request: object, handlers: AskHandlers): Promise<unknown>;
}

export interface Host {
  /** Set if everything goes through a broker: domains are then made by asking it, and `script` knows lwd's own texts alone. */
  readonly broker?: Broker;

  /** Its clock counts instructions: a second there is any time here. */
  readonly virtualTime?: boolean;

  /** As the user names it: "local", "embedded", "embedded-icount", "ssh://user@node". */
  readonly name: string;

  /**
   * Runs a program in dom0. Arguments arrive as they are, whatever bytes they hold (no NUL).
   * Never rejects for the program's own failure; throws HostError when the host cannot be reached.
   */
  exec(command: readonly [string, ...string[]], options: ExecOptions): Promise<ExecResult>;

  /**
   * Runs a POSIX shell program, a fixed text of lwd's own, with `args` as its positional parameters: several steps at
   * the price of one round trip. Never interpolate into `text`. The embedded host's quick shell knows no more than POSIX
   * asks, and of traps only numbers and the signals' names: `trap … 0`, not EXIT.
   */
  script(text: string, args: readonly string[], options: ExecOptions): Promise<ExecResult>;

  /** As exec, with this process's terminal as the program's; for `xl console` and `host ssh`. */
  interact(command: readonly string[]): Promise<number>;

  /** Reads a whole file of dom0, at most `limit` bytes of it (from the start). */
  read(path: string, limit: number): Promise<Uint8Array>;

  /** Writes a file of dom0 whole or not at all (temporary name, then rename). */
  write(path: string, content: Uint8Array | string): Promise<void>;

  /**
   * Makes a file of this machine available in dom0 and returns its path there. Content-addressed by `sha256` (hex): a
   * file that the host has already is not sent again, and what arrives is checked on the far side.
   */
  push(localFile: string, sha256: string): Promise<string>;

  /** The path that push() gave has turned out to lead nowhere: the next push() sends the file again. */
  forget(path: string): Promise<void>;

  /**
   * Passes connections to `listen`, an address of this machine, on to `to` as dom0 reaches it. Throws UserError if the
   * address is taken.
   */
  forward(listen: TcpAddress, to: TcpAddress): Promise<Forwarding>;

  /** Whether this is a host that is down and would be started by any call but this: there are no domains on it. */
  isDown?(): Promise<boolean>;

  /** Asked once, then remembered. */
  capabilities(): Promise<HostCapabilities>;

  /** Lets go of connections. The host itself stays as it is. */
  close(): Promise<void>;
}
