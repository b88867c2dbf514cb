/**
 * A connection that was lost while something ran in dom0. Who sent it knows what that means: mostly nobody can tell whether it
 * was done, at times it does not matter.
 */
import { HostError } from '../errors.js';

export class LostConnection extends HostError {
  readonly host: string;
  /** What can be done about the host itself. */
  readonly remedies: readonly string[];

  constructor(host: string, running: string, remedies: readonly string[]) {
    super(`lost the connection to ${host} while it ran: ${running}`, {
      exit: 'outcomeUnknown',
      next: [`whether it was done is not known; see what is there: lwd ps --host ${host}`, ...remedies],
    });
    this.host = host;
    this.remedies = remedies;
  }
}

/** For work of which nothing is left: a lost connection leaves no doubt then, and `state` says how things are. */
export async function withoutDoubt<T>(work: () => Promise<T>, state: string): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof LostConnection)) throw error;
    throw new HostError(`lost the connection to ${error.host}; ${state}`, { cause: error, next: [...error.remedies] });
  }
}

/** For work that changes something: `look` is the command that shows what was done. */
export async function withDoubt<T>(work: () => Promise<T>, look: string): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof LostConnection)) throw error;
    throw new HostError(error.message, {
      exit: 'outcomeUnknown',
      cause: error,
      next: [`whether it was done is not known; see: lwd ${look} --host ${error.host}`, ...error.remedies],
    });
  }
}
