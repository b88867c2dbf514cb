/**
 * Running programs: the only user of execa. Argument arrays only, always a time-out, always an AbortSignal on offer.
 * Failure has the shape of success: a result with an exit status. Callers that cannot go on use `orThrow`.
 */
import { constants } from 'node:os';
import type { Writable } from 'node:stream';
import { execa, type Options } from 'execa';
import { ToolError } from '../errors.js';

export interface ExecOptions {
  cwd?: string;
  /** Replaces the environment's entries of the same name. */
  env?: Record<string, string>;
  /** Written to the program's stdin, which is then closed; without it stdin is empty. */
  input?: string | Uint8Array;
  /** A file of this machine to feed to stdin instead of `input`. */
  inputFile?: string;
  /** Milliseconds; the program is ended (SIGTERM, then SIGKILL) when it runs out. 0: none. */
  timeout: number;
  signal?: AbortSignal;
  /** Called with each chunk as it comes; the result's `stdout` is then empty. */
  onStdout?: (chunk: Uint8Array) => void;
  onStderr?: (chunk: Uint8Array) => void;
  /** Instead of `input`: handed the writing end of the program's stdin. A program that ends first is no error there. */
  onStdin?: (stdin: Writable) => void;
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

export async function exec(command: readonly [string, ...string[]], options: ExecOptions): Promise<ExecResult> {
  echo?.(command);
  const [file, ...args] = command;
  const child = execa(file, args, execaOptions(options));
  if (options.onStdout) child.stdout?.on('data', options.onStdout);
  if (options.onStderr) child.stderr?.on('data', options.onStderr);
  if (options.onStdin && child.stdin) {
    child.stdin.on('error', () => {});
    options.onStdin(child.stdin);
  }
  const result = await child;
  return {
    command,
    exitCode: result.exitCode,
    stdout: String(result.stdout ?? ''),
    stderr: String(result.stderr ?? ''),
    timedOut: result.timedOut,
    aborted: result.isCanceled,
    signal: result.signal,
    startError: result.failed && result.exitCode === undefined ? result.code : undefined,
  };
}

/** Runs a program on this process's own terminal, with no time limit, and gives its exit status (128 + signal). */
export async function runInTerminal(command: readonly [string, ...string[]]): Promise<number> {
  echo?.(command);
  const [file, ...args] = command;
  const result = await execa(file, args, { reject: false, stdio: 'inherit' });
  if (result.exitCode !== undefined) return result.exitCode;
  if (result.signal !== undefined) return 128 + constants.signals[result.signal as NodeJS.Signals];
  throw new ToolError(`${file} could not be started (${result.code})`, { command });
}

function execaOptions(options: ExecOptions): Options {
  return {
    reject: false,
    stripFinalNewline: false,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: options.env }),
    ...(options.input === undefined ? {} : { input: options.input }),
    ...(options.inputFile === undefined ? {} : { inputFile: options.inputFile }),
    ...(options.input === undefined && options.inputFile === undefined
      ? { stdin: options.onStdin === undefined ? ('ignore' as const) : ('pipe' as const) }
      : {}),
    ...(options.shielded ? { detached: true, cleanup: false } : {}),
    ...(options.timeout === 0 ? {} : { timeout: options.timeout }),
    ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
    buffer: { stdout: options.onStdout === undefined, stderr: options.onStderr === undefined },
    forceKillAfterDelay: 2000,
  };
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
