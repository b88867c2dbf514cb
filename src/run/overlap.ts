/**
 * Which of a command's domains never run at the same time, by what waits for what (schedule.ts). Pure.
 *
 * Sets of tasks are bits of one number: bit N for task N.
 */
import type { Task } from './schedule.js';

/** Whether `first` is over for sure when `second` starts. `after` must not lead in a circle. */
export function orderOf(tasks: readonly Task[]): (first: number, second: number) => boolean {
  const over = overAtStart(tasks);
  return (first, second) => (((over[second] ?? 0n) >> BigInt(first)) & 1n) === 1n;
}

/** Of each task, what is over when it starts. */
function overAtStart(tasks: readonly Task[]): bigint[] {
  const atStart: bigint[] = [];
  const atEnd: bigint[] = [];
  const settle = (task: number) => {
    const { after } = tasks[task] as Task;
    if (atStart[task] !== undefined) return;
    for (const one of after) settle(one.task);
    let start = 0n;
    for (const { task: other, condition } of after) {
      // Who was started, or has succeeded, has run: all that it waited for has come about.
      if (condition === 'ended') start |= atEnd[other] as bigint;
      else start |= (atStart[other] as bigint) | (condition === 'succeeded' ? bit(other) : 0n);
    }
    // Who is over may also have been skipped, as soon as one of those that it waited for could not do what was wanted.
    const culprits = after.filter(({ condition }) => condition !== 'ended');
    const sure = culprits.reduce((set, { task: other }) => set & (atEnd[other] as bigint), start);
    atStart[task] = start;
    atEnd[task] = sure | bit(task);
  };
  for (const task of tasks.keys()) settle(task);
  return atStart;
}

function bit(task: number): bigint {
  return 1n << BigInt(task);
}
