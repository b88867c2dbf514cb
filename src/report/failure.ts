/** How an error is shown: by who must act, with what to do next. A defect of lwd is the one thing shown with its stack. */
import { HostError, LwdError, ToolError, UserError } from '../errors.js';
import { failureStatus, ownStatus } from '../exit-status.js';
import { printable } from '../sys/printable.js';
import { shellLine } from '../sys/shell-word.js';
import { type CommandLine, explainUsage } from './usage.js';

export interface Failure {
  kind: 'user' | 'tool' | 'host' | 'usage' | 'interrupted' | 'defect';
  message: string;
  next: string[];
  /** What lwd ends with for it. */
  exitCode: number;
  /** Only of a ToolError. */
  command?: readonly string[];
  host?: string;
  status?: number;
  stderrTail?: string;
  /** Only of a defect. */
  stack?: string;
}

/** `line`: the command line, which is to blame for a usage error. */
export function describeFailure(error: unknown, line: CommandLine = { command: undefined, known: [] }): Failure {
  if (error instanceof ToolError) return { ...known(error, 'tool'), ...toolDetails(error) };
  if (error instanceof UserError) return known(error, 'user');
  if (error instanceof HostError) return known(error, 'host');
  if (isUsageError(error)) {
    return { kind: 'usage', ...explainUsage(error.message, line), exitCode: ownStatus('usage') };
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    kind: 'defect',
    message: error instanceof Error ? error.message : String(error),
    next: ['this is a defect of lwd: please report it with the text above'],
    exitCode: ownStatus('internal'),
    stack,
  };
}

/** What stands on stderr, without a newline at its end. */
export function failureText(failure: Failure): string {
  const lines = [`lwd: ${failure.kind === 'defect' ? 'internal error: ' : ''}${printable(failure.message)}`];
  if (failure.command) lines.push(`  command: ${printable(shellLine(failure.command), 400)}`);
  if (failure.host) lines.push(`  on host: ${failure.host}`);
  if (failure.stderrTail)
    lines.push(
      ...printable(failure.stderrTail)
        .split('\n')
        .map((line) => `  | ${line}`),
    );
  if (failure.stack) lines.push(printable(failure.stack));
  for (const step of failure.next) lines.push(`  next: ${printable(step)}`);
  return lines.join('\n');
}

function known(error: LwdError, kind: Failure['kind']): Failure {
  return { kind, message: error.message, next: error.next, exitCode: failureStatus(error.exitCode) };
}

function toolDetails(error: ToolError): Partial<Failure> {
  return {
    command: error.command,
    ...(error.host === undefined ? {} : { host: error.host }),
    ...(error.status === undefined ? {} : { status: error.status }),
    ...(error.stderrTail === '' ? {} : { stderrTail: error.stderrTail }),
  };
}

/** What oclif's parser throws: its errors carry an `oclif` property. */
function isUsageError(error: unknown): error is Error {
  return error instanceof Error && !(error instanceof LwdError) && 'oclif' in error;
}
