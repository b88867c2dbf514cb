/**
 * Crash points: every step that this process takes outside of itself (a program that it starts, a word to one, a file that it
 * changes) is counted, and it can be made to die at any of them, as SIGKILL would have it: tests that nothing is lost do.
 *
 *   LWD_CRASH_AT=7:before    dies instead of the seventh step; 7:during, when its program has been started; 7:after
 *   LWD_CRASH_LOG=FILE       appends a line for each step: its number, and what it is
 *
 * Without these variables a step costs one comparison.
 */
import { appendFileSync } from 'node:fs';

type Moment = 'before' | 'during' | 'after';

export interface Step {
  during(): void;
  after(): void;
}

const log = process.env.LWD_CRASH_LOG;
const [wantedStep, wantedMoment] = (process.env.LWD_CRASH_AT ?? '').split(':');
const idle: Step = { during: () => {}, after: () => {} };
let count = 0;

/** Whether steps count at all. */
export const countsSteps = Boolean(log || wantedStep);

/** To be called right before the step; the rest when it has got so far. */
export function step(what: string): Step {
  if (!countsSteps) return idle;
  const number = ++count;
  if (log) appendFileSync(log, `${number} ${what.replaceAll(/\s+/g, ' ').slice(0, 200)}\n`);
  const reach = (moment: Moment) => {
    if (number === Number(wantedStep) && moment === wantedMoment) die();
  };
  reach('before');
  return { during: () => reach('during'), after: () => reach('after') };
}

function die(): void {
  process.kill(process.pid, 'SIGKILL');
  // Not one instruction more, however long the system takes.
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}
