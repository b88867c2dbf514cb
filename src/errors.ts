/**
 * Errors, sorted by who must act. Anything thrown that is none of these is a defect of lwd and is shown with its stack.
 */
import { type ExitCodeName, exitCode } from './exit-codes.js';

interface LwdErrorOptions {
  /** What the reader should type or change next; one step a line. */
  next?: string[];
  exit?: ExitCodeName;
  cause?: unknown;
  /** To be told, and its exit code to be that of the command, even if a signal has asked for the end. */
  evenInterrupted?: true;
}

abstract class LwdError extends Error {
  readonly next: string[];
  readonly exitCode: number;
  readonly evenInterrupted: boolean;

  constructor(message: string, fallback: ExitCodeName, options: LwdErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.next = options.next ?? [];
    this.evenInterrupted = options.evenInterrupted ?? false;
    this.exitCode = exitCode(options.exit ?? fallback);
  }
}

/** The user's input is wrong: a file, a flag, a name. The message says where. */
export class UserError extends LwdError {
  constructor(message: string, options?: LwdErrorOptions) {
    super(message, 'configuration', options);
  }
}

/** A program that lwd called failed. Carries what is needed to try it by hand. */
export class ToolError extends LwdError {
  readonly command: readonly string[];
  /** The host's name, or undefined for a program on this machine. */
  readonly host: string | undefined;
  readonly status: number | undefined;
  /** The last lines that the program wrote to stderr. */
  readonly stderrTail: string;

  constructor(
    message: string,
    details: { command: readonly string[]; host?: string; status?: number | undefined; stderrTail?: string },
    options?: LwdErrorOptions,
  ) {
    super(message, 'toolFailed', options);
    this.command = details.command;
    this.host = details.host;
    this.status = details.status;
    this.stderrTail = details.stderrTail ?? '';
  }
}

/** There is no usable Xen host: none here, not reachable, no rights, or it went away. */
export class HostError extends LwdError {
  constructor(message: string, options?: LwdErrorOptions) {
    super(message, 'noHost', options);
  }
}

export type { LwdErrorOptions };
export { LwdError };
