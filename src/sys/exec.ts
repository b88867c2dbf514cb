/**
 * Running programs. Argument arrays only, always a time-out, always an AbortSignal on offer.
 * Failure has the shape of success: a result with an exit status. Callers that cannot go on use `orThrow`.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { constants } from 'node:os';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ToolError } from '../errors.js';
import { step } from './crash-point.js';
import { collect, feed, openInput, type ProgramInput } from './program-streams.js';

export interface ExecOptions extends ProgramInput {
  cwd?: string;
  /** Replaces the environment's entries of the same name. */
  env?: Record<string, string>;
  /** Milliseconds; the program is ended (SIGTERM, then SIGKILL) when it runs out. 0: none. */
  timeout: number;
  signal?: AbortSignal;
  /** Called with each chunk as it comes; the result's `stdout` is then empty. */
  onStdout?: (chunk: Uint8Array) => void;
  onStderr?: (chunk: Uint8Array) => void;
  /** Instead of onStdout: stdout goes there as fast as it is taken, and ends it. Destroyed, the program has no reader. */
  stdoutTo?: Writable;
  /** When aborted, the program is left to itself and not waited for; if it still writes, SIGPIPE ends it. */
  release?: AbortSignal;
  /** Keeps the terminal's Ctrl-C from the program (a process group of its own): lwd alone decides about its end. */
  shielded?: boolean;
}

export interface ExecResult {
  command: readonly string[];
  /** undefined if a signal, a time-out or an abort ended the program, or it could not be started. */
  exitCode: number | undefined;
  stdout: string;
  stderr: string;
  timedOut: boolean;
  aborted: boolean;
  /** The signal's name, if one ended the program. */
  signal: string | undefined;
  /** Why the program could not be started (ENOENT, EACCES), else undefined. */
  startError: string | undefined;
}

let echo: ((command: readonly string[]) => void) | undefined;

/** Has every command reported before it runs (`--verbose`). */
export function onExec(report: (command: readonly string[]) => void): void {
  echo = report;
}

/** In front of shielded programs. */
let shield: readonly string[] = [];

/**
 * From here on `shielded` programs get none of the signals that ask for an end or are the application's, nor does what they
 * start: a batch system sends those to every process of a job, and it is for this one to act on them. Does nothing where env(1)
 * cannot do that.
 */
export async function shieldFromSignals(): Promise<void> {
  // Both: ssh puts handlers in the place of ignored signals, and dash unblocks what is blocked.
  const names = ['TERM', 'INT', 'HUP', 'USR1', 'USR2'];
  const options = names.flatMap((name) => [`--ignore-signal=${name}`, `--block-signal=${name}`]);
  const { exitCode } = await exec(['env', ...options, 'true'], { timeout: 10_000 });
  if (exitCode === 0) shield = ['env', ...options];
}

const unfinished: Omit<ExecResult, 'command'> = {
  exitCode: undefined,
  stdout: '',
  stderr: '',
  timedOut: false,
  aborted: false,
  signal: undefined,
  startError: undefined,
};

/**
 * Resolves when the program has ended and all that it wrote has been read; whatever becomes of it, it does not reject,
 * but for an `inputFile` that cannot be opened. Unless `shielded`, the program is ended with this process.
 */
export async function exec(command: readonly [string, ...string[]], options: ExecOptions): Promise<ExecResult> {
  echo?.(command);
  if (options.signal?.aborted) return { ...unfinished, command, aborted: true };
  const [file = '', ...args] = options.shielded ? [...shield, ...command] : command;
  const own = step(command.join(' '));
  const input = openInput(options);
  const child = start(file, args, input, options);
  if (typeof child === 'string') return { ...unfinished, command, startError: child };
  own.during();
  const { stdoutTo } = options;
  if (stdoutTo !== undefined && child.stdout !== null) pipeline(child.stdout, stdoutTo).catch(() => {});
  const output = {
    stdout: stdoutTo === undefined ? collect(child.stdout, options.onStdout) : () => '',
    stderr: collect(child.stderr, options.onStderr),
  };
  feed(child, options);
  const ended = new Promise<{ exitCode: number | null; signal: NodeJS.Signals | null; startError?: string }>(
    (resolve) => {
      child.once('error', (error: NodeJS.ErrnoException) => {
        if (child.pid === undefined) resolve({ exitCode: null, signal: null, startError: error.code ?? 'unknown' });
      });
      child.once('close', (exitCode, signal) => resolve({ exitCode, signal }));
      options.release?.addEventListener('abort', () => {
        child.unref();
        for (const stream of child.stdio) stream?.destroy();
        resolve({ exitCode: null, signal: null });
      });
    },
  );
  const limits = new Limits(child, options);
  if (!options.shielded) running.add(child);
  const { exitCode, signal, startError } = await ended;
  running.delete(child);
  limits.end();
  own.after();
  return {
    command,
    exitCode: exitCode ?? undefined,
    stdout: output.stdout(),
    stderr: output.stderr(),
    timedOut: limits.reached === 'timeout',
    aborted: limits.reached === 'abort',
    signal: signal ?? undefined,
    startError,
  };
}

/** The system's code if it does not even take the arguments (E2BIG); most other failures come as events. */
function start(
  file: string,
  args: string[],
  input: 'ignore' | 'pipe' | number,
  { cwd, env, shielded = false }: ExecOptions,
): ChildProcess | string {
  const own = {
    ...(cwd === undefined ? {} : { cwd }),
    ...(env === undefined ? {} : { env: { ...process.env, ...env } }),
  };
  try {
    return spawn(file, args, { ...own, detached: shielded, stdio: [input, 'pipe', 'pipe'] });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    return (error as NodeJS.ErrnoException).code ?? 'unknown';
  } finally {
    if (typeof input === 'number') closeSync(input);
  }
}

/**
 * Runs a program on this process's own terminal, with no time limit, and gives its exit status (128 + signal). `env`
 * replaces the environment's entries of the same name.
 */
export async function runInTerminal(
  command: readonly [string, ...string[]],
  env: Record<string, string> = {},
): Promise<number> {
  echo?.(command);
  const [file, ...args] = command;
  const child = spawn(file, args, { stdio: 'inherit', env: { ...process.env, ...env } });
  return new Promise((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) =>
      reject(new ToolError(`${file} could not be started (${error.code})`, { command })),
    );
    child.once('exit', (status, signal) => resolve(signal === null ? (status ?? 0) : 128 + constants.signals[signal]));
  });
}

const killDelay = 2000;

/** Programs that are to end with this process. */
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGTERM');
});

/** Ends a program when its time is over or when it is no longer wanted: SIGTERM, and SIGKILL a little later. */
class Limits {
  reached: 'timeout' | 'abort' | undefined;
  readonly #child: ChildProcess;
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #signal: AbortSignal | undefined;
  readonly #abort = () => this.#stop('abort');

  constructor(child: ChildProcess, options: ExecOptions) {
    this.#child = child;
    this.#signal = options.signal;
    this.#signal?.addEventListener('abort', this.#abort, { once: true });
    if (options.timeout > 0) this.#timers.push(setTimeout(() => this.#stop('timeout'), options.timeout));
  }

  end(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#signal?.removeEventListener('abort', this.#abort);
  }

  #stop(why: 'timeout' | 'abort'): void {
    if (this.reached !== undefined) return;
    this.reached = why;
    this.#child.kill('SIGTERM');
    this.#timers.push(setTimeout(() => this.#child.kill('SIGKILL'), killDelay));
    // Programs that it started in turn may hold on to its output, also after its own end; nobody waits for those.
    const { exitCode, signalCode } = this.#child;
    if (exitCode !== null || signalCode !== null) this.#leaveOutput();
    else this.#child.once('exit', () => this.#leaveOutput());
  }

  #leaveOutput(): void {
    this.#child.stdout?.destroy();
    this.#child.stderr?.destroy();
  }
}

/** The result if the program ended with status 0, else a ToolError that names `what` was tried. */
export function orThrow(result: ExecResult, what: string, host?: string): ExecResult {
  if (result.exitCode === 0) return result;
  const stderrTail = result.stderr.trimEnd().split('\n').slice(-12).join('\n');
  throw new ToolError(
    `${what}: ${result.command[0]} ${describeEnd(result)}`,
    { command: result.command, status: result.exitCode, stderrTail, ...(host === undefined ? {} : { host }) },
    result.timedOut ? { exit: 'timeout' } : {},
  );
}

function describeEnd(result: ExecResult): string {
  if (result.startError !== undefined) return `could not be started (${result.startError})`;
  if (result.timedOut) return 'ran out of time';
  if (result.aborted) return 'was interrupted';
  if (result.signal !== undefined) return `was ended by ${result.signal}`;
  return `ended with status ${result.exitCode}`;
}
