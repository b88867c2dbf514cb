/**
 * How a domain ended, judged from what Xen says (which cannot be forged) and what the guest wrote (which can: it is
 * believed only within what Xen's reason allows). Pure.
 */
import { exitCode } from '../../exit-codes.js';
import { ownStatus } from '../../exit-status.js';
import { printableLine } from '../../sys/printable.js';

/** Xen's shutdown reasons (xen/include/public/sched.h), and two of ours. */
export type EndReason =
  | 'poweroff'
  | 'reboot'
  | 'suspend'
  | 'crash'
  | 'watchdog'
  | 'soft-reset'
  | 'unknown'
  /** The domain is gone: somebody destroyed it. */
  | 'gone';

const reasons: EndReason[] = ['poweroff', 'reboot', 'suspend', 'crash', 'watchdog', 'soft-reset'];

export function endReason(code: number): EndReason {
  return reasons[code] ?? 'unknown';
}

export type Outcome =
  | { kind: 'exited'; status: number }
  /** `what` is one printable line. `reported`: the guest itself noticed, so there is a report on its console. */
  | { kind: 'crashed'; signal: number; what: string; reported: boolean }
  | { kind: 'destroyed' }
  /** It ended in a way that says nothing about its success. */
  | { kind: 'unclear'; what: string };

export interface GuestWords {
  /** The guest's nodes data/lwd/exit and data/lwd/crash, undefined if there are none. */
  exit: string | undefined;
  crash: string | undefined;
}

const memoryFault = 11;
const aborted = 6;

/**
 * A crash beats whatever the guest claims; an orderly end counts only with a well-formed status. `foreign`: of a kernel that is
 * not lwd's, whose words are not looked at.
 */
export function judgeEnd(reason: EndReason, words: GuestWords, foreign = false): Outcome {
  if (foreign) return judgeForeignEnd(reason);
  switch (reason) {
    case 'gone':
      return { kind: 'destroyed' };
    case 'crash':
      return judgeCrash(words.crash);
    case 'watchdog':
      return { kind: 'crashed', signal: aborted, what: "the domain's watchdog ran out", reported: false };
    case 'poweroff':
      return judgeExit(words.exit);
    default:
      return { kind: 'unclear', what: `the domain ended with the reason "${reason}", which lwd never asks for` };
  }
}

/** Of a kernel that knows nothing of lwd: to have powered off is to have succeeded. A Linux without ACPI may reboot instead. */
function judgeForeignEnd(reason: EndReason): Outcome {
  switch (reason) {
    case 'poweroff':
    case 'reboot':
      return { kind: 'exited', status: 0 };
    case 'crash':
      return { kind: 'crashed', signal: aborted, what: 'its kernel panicked, or Xen ended it', reported: true };
    default:
      return judgeEnd(reason, { exit: undefined, crash: undefined });
  }
}

function judgeExit(text: string | undefined): Outcome {
  if (text === undefined) return { kind: 'unclear', what: 'the domain powered off without an exit status' };
  const match = /^v1 code=(0|[1-9][0-9]{0,2})(?: [ -~]*)?$/.exec(text);
  const status = Number(match?.[1]);
  if (match === null || status > 255) {
    return { kind: 'unclear', what: `the domain wrote no proper exit status, but "${printableLine(text, 60)}"` };
  }
  return { kind: 'exited', status };
}

function judgeCrash(text: string | undefined): Outcome {
  const silent = "Xen ended the domain: a fault that the domain's kernel could not handle";
  if (text === undefined) return { kind: 'crashed', signal: memoryFault, what: silent, reported: false };
  const match = /^v1 signal=([1-9][0-9]?) (.*)$/s.exec(text);
  const signal = Number(match?.[1]);
  if (match === null || signal > 31) return { kind: 'crashed', signal: aborted, what: 'a crash', reported: true };
  return { kind: 'crashed', signal, what: printableLine(match[2] ?? ''), reported: true };
}

/** The status that a command which waited for this domain ends with. */
export function statusOf(outcome: Outcome): number {
  switch (outcome.kind) {
    case 'exited':
      return outcome.status;
    case 'crashed':
      return 128 + outcome.signal;
    case 'destroyed':
      return exitCode('destroyed');
    case 'unclear':
      // That the domain did not say how it ended is no word of the application's.
      return ownStatus('protocol');
  }
}

/** e.g. "exited(0)", "crashed(SIGSEGV)": for tables and messages. */
export function outcomeText(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'exited':
      return `exited(${outcome.status})`;
    case 'crashed':
      return `crashed(${signalName(outcome.signal)})`;
    default:
      return outcome.kind;
  }
}

export function signalName(signal: number): string {
  const names: Record<number, string> = {
    4: 'SIGILL',
    5: 'SIGTRAP',
    6: 'SIGABRT',
    7: 'SIGBUS',
    8: 'SIGFPE',
    11: 'SIGSEGV',
  };
  return names[signal] ?? `signal ${signal}`;
}
