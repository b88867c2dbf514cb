/**
 * The local host for those who may not use xl: everything is asked of `lwd broker`, which runs as root, looks who asks, and
 * does what the site's policy allows. It takes no program text and no configuration: names of lwd's own programs with their
 * parameters, and what a domain is to be. Files of the caller's it never opens: an image goes there byte by byte.
 */
import type { Socket } from 'node:net';
import { Writable } from 'node:stream';
import { HostError } from '../../errors.js';
import { type ExitCodeName, exitCodes } from '../../exit-codes.js';
import type { ExecOptions, ExecResult } from '../../sys/exec.js';
import { errorCode } from '../../sys/fs.js';
import { connectLocal } from '../../sys/local-socket.js';
import { relay, type TcpAddress } from '../../sys/relay.js';
import { nameOfProgram } from '../dom0-programs.js';
import type { AskHandlers, Broker, Forwarding, Host, HostCapabilities } from '../host.js';
import { converse } from './conversation.js';
import { encodeFrame } from './frames.js';

export const standardSocket = '/run/lwd/broker.sock';

/** Programs of Xen's that the broker knows by a name, with what they are called with. */
const tools: { command: readonly string[]; name: string }[] = [
  { command: ['xl', 'destroy'], name: 'xl-destroy' },
  { command: ['xl', 'vcpu-list'], name: 'xl-vcpu-list' },
  { command: ['xl', 'info'], name: 'xl-info' },
  { command: ['xl', 'list', '-v'], name: 'xl-list' },
  { command: ['tail', '-c'], name: 'tail' },
];

export class BrokerHost implements Host, Broker {
  readonly name = 'local';
  readonly #path: string;
  #capabilities: Promise<HostCapabilities> | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  get broker(): Broker {
    return this;
  }

  async ask(request: object, handlers: AskHandlers): Promise<unknown> {
    const socket = await connectLocal(this.#path).catch((error: unknown) => {
      throw this.#lost(`cannot be reached (${errorCode(error) ?? String(error)})`, 'noHost');
    });
    const told = await converse(socket, request, handlers).finally(() => socket.destroy());
    if (told === undefined) throw this.#lost('ended the connection without an answer', 'outcomeUnknown');
    if (isRefusal(told.answer)) throw refusalError(told.answer);
    return told.answer;
  }

  async exec(command: readonly [string, ...string[]], options: ExecOptions): Promise<ExecResult> {
    const tool = tools.find((each) => each.command.every((word, index) => word === command[index]));
    if (tool === undefined) throw notTaken(command.slice(0, 2).join(' '));
    return this.#program(tool.name, command.slice(tool.command.length), command, options);
  }

  async script(text: string, args: readonly string[], options: ExecOptions): Promise<ExecResult> {
    const name = nameOfProgram(text);
    if (name === undefined) throw notTaken('this');
    return this.#program(name, args, [name, ...args], options);
  }

  async #program(
    name: string,
    args: readonly string[],
    command: readonly string[],
    options: ExecOptions,
  ): Promise<ExecResult> {
    const out: Uint8Array[] = [];
    const errors: Uint8Array[] = [];
    const limit = options.timeout > 0 ? [AbortSignal.timeout(options.timeout)] : [];
    const signal = AbortSignal.any([...limit, ...(options.signal === undefined ? [] : [options.signal])]);
    const ended = {
      command,
      exitCode: undefined,
      signal: undefined,
      startError: undefined,
      timedOut: false,
      aborted: false,
    };
    const texts = () => ({ stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(errors).toString() });
    try {
      const result = await this.ask(
        { op: 'program', name, args },
        {
          signal,
          onData: options.onStdout ?? ((chunk) => void out.push(chunk)),
          onErrors: options.onStderr ?? ((chunk) => void errors.push(chunk)),
          onOpen: (socket) => options.onStdin?.(lifeline(socket)),
        },
      );
      const { exitCode } = result as { exitCode?: number };
      return { ...ended, ...texts(), exitCode };
    } catch (error) {
      if (!signal.aborted) throw error;
      const aborted = options.signal?.aborted ?? false;
      return { ...ended, ...texts(), aborted, timedOut: !aborted };
    }
  }

  async interact(): Promise<number> {
    throw notTaken('a terminal in dom0');
  }

  async read(path: string): Promise<Uint8Array> {
    throw notTaken(`reading ${path}`);
  }

  async write(path: string): Promise<void> {
    throw notTaken(`writing ${path}`);
  }

  /** Read with the caller's own rights, kept by the broker where only it can write. The path is a name that the broker knows. */
  async push(localFile: string, sha256: string): Promise<string> {
    await this.ask({ op: 'push', sha256 }, { file: localFile });
    return `sha256:${sha256}`;
  }

  async forget(): Promise<void> {}

  /** Any user may connect to a domain. */
  forward(listen: TcpAddress, to: TcpAddress): Promise<Forwarding> {
    return relay(listen, to);
  }

  capabilities(): Promise<HostCapabilities> {
    this.#capabilities ??= this.ask({ op: 'capabilities' }, {}) as Promise<HostCapabilities>;
    return this.#capabilities;
  }

  async close(): Promise<void> {}

  #lost(what: string, exit: ExitCodeName): HostError {
    return new HostError(`lwd's broker at ${this.#path} ${what}`, {
      exit,
      next: [
        'is it running? whoever administers this machine starts it: lwd broker serve',
        'see what is there: lwd ps',
      ],
    });
  }
}

/** The program's stdin, of which only its end means anything. */
function lifeline(socket: Socket): Writable {
  return new Writable({
    write: (_chunk, _encoding, done) => done(),
    final: (done) => {
      socket.write(encodeFrame('end', new Uint8Array()));
      done();
    },
  });
}

interface Refusal {
  refused: string;
  exit: ExitCodeName;
  next: string[];
}

function isRefusal(value: unknown): value is Refusal {
  return typeof value === 'object' && value !== null && 'refused' in value && typeof value.refused === 'string';
}

function refusalError({ refused, exit, next }: Refusal): HostError {
  return new HostError(refused, { exit: exit in exitCodes ? exit : 'noPermission', next });
}

function notTaken(what: string): HostError {
  return new HostError(`lwd's broker does not take ${what}`, {
    exit: 'noPermission',
    next: ['docs/broker.md has what can be done without root', 'as root, lwd uses xl itself'],
  });
}
