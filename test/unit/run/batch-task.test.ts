/** The time of a job: what is a domain's of it, and what is kept back for its end. */
import { expect, test } from 'vitest';
import { timeLimitWithin } from '../../../src/run/batch-task.js';
import type { BatchTask } from '../../../src/run/fit-allocation.js';
import { wallSeconds } from '../../../src/sys/clock.js';

function taskEnding(end: number | undefined): BatchTask {
  return {
    allocation: {
      ...{
        system: 'slurm',
        job: '4',
        step: '0',
        rank: 0,
        tasks: 1,
        localRank: 0,
        localTasks: 1,
        node: 'n',
        restart: 0,
      },
      ...{ array: undefined, cpus: 1, cpusPerTask: undefined, cores: [0], memory: undefined, end },
    },
    ...{ share: { count: 1, cores: [0], among: [], memory: undefined }, cpus: [0], among: [] },
  };
}

const limit = (left: number, grace: number) => timeLimitWithin(taskEnding(wallSeconds() + left), undefined, grace);

test('a program is asked to end while the job has its grace left', () => {
  expect(limit(300, 10_000)?.milliseconds).toBeCloseTo(290_000, -3);
  // An hour's job whose program wants ten minutes for its checkpoint.
  expect(limit(3600, 600_000)?.milliseconds).toBeCloseTo(3_000_000, -3);
  expect(limit(8, 10_000)?.milliseconds).toBeCloseTo(4000, -3);
  expect(limit(-5, 10_000)?.milliseconds).toBe(500);
  expect(timeLimitWithin(taskEnding(undefined), undefined, 10_000)).toBeUndefined();
});

test("a flag's own time is kept, if the job has as much", () => {
  const asked = { milliseconds: 60_000, whose: '--timeout 1m' };
  expect(timeLimitWithin(taskEnding(wallSeconds() + 61), asked, 10_000)).toBe(asked);
  expect(() => timeLimitWithin(taskEnding(wallSeconds() + 50), asked, 10_000)).toThrow('--timeout 1m is longer');
});
