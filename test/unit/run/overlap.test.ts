/** What of a group can be there at one time: against the state machine that starts it, and against trying all there is. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { orderOf } from '../../../src/run/overlap.js';
import {
  advanceSchedule,
  beginSchedule,
  type Condition,
  isOver,
  type Phase,
  type ScheduleEvent,
  type Task,
} from '../../../src/run/schedule.js';
import { peak } from '../../../src/xl/place/peak.js';

/** Tasks that wait for earlier ones, with what each weighs. */
const group = fc
  .array(
    fc.record({
      weight: fc.nat(20),
      after: fc.array(
        fc.record({
          back: fc.integer({ min: 1, max: 6 }),
          condition: fc.constantFrom<Condition>('started', 'ended', 'succeeded'),
        }),
        { maxLength: 3 },
      ),
    }),
    { minLength: 1, maxLength: 9 },
  )
  .map((all) => ({
    weights: all.map(({ weight }) => weight),
    tasks: all.map(({ after }, task): Task => {
      const waits = after
        .filter(({ back }) => back <= task)
        .map(({ back, condition }) => ({ task: task - back, condition }));
      return { after: waits };
    }),
  }));

const isThere = (phase: Phase) => phase === 'starting' || phase === 'running';

/** The heaviest set of which none is before another, by trying all. */
function heaviest(weights: readonly number[], isBefore: (first: number, second: number) => boolean): number {
  const all = [...weights.keys()];
  let most = 0;
  for (let set = 0; set < 1 << all.length; set++) {
    const members = all.filter((one) => (set >> one) & 1);
    if (members.some((one) => members.some((other) => isBefore(one, other)))) continue;
    most = Math.max(
      most,
      members.reduce((sum, one) => sum + (weights[one] ?? 0), 0),
    );
  }
  return most;
}

describe('what can be there at one time', () => {
  const chance = fc.array(fc.record({ task: fc.nat(), what: fc.constantFrom('started', 'well', 'badly', 'stop') }), {
    maxLength: 60,
  });

  test('whatever happens, none is there with one that is before it, and all of them weigh no more than the peak', () => {
    fc.assert(
      fc.property(group, chance, fc.boolean(), ({ tasks, weights }, events, failFast) => {
        const isBefore = orderOf(tasks);
        const most = peak(weights, isBefore);
        let { schedule } = beginSchedule(tasks, { atOnce: 4, failFast });
        for (const { task: which, what } of events) {
          const there = [...tasks.keys()].filter((task) => isThere(schedule.phases[task] as Phase));
          for (const one of there) for (const other of there) expect(isBefore(one, other)).toBe(false);
          expect(there.reduce((sum, task) => sum + (weights[task] ?? 0), 0)).toBeLessThanOrEqual(most);
          if (isOver(schedule)) return;
          const task = there[which % there.length] as number;
          const ended: ScheduleEvent = { kind: 'ended', task, well: what === 'well' };
          const event: ScheduleEvent =
            what === 'started' ? { kind: 'started', task } : what === 'stop' ? { kind: 'stop' } : ended;
          schedule = advanceSchedule(schedule, event).schedule;
        }
      }),
      { numRuns: 5000 },
    );
  });

  test('where success is waited for the peak is reached, and elsewhere it is no less', () => {
    fc.assert(
      fc.property(group, fc.boolean(), ({ tasks, weights }, strict) => {
        const strictly = tasks.map(
          ({ after }): Task => ({
            after: after.map(({ task, condition }) => ({
              task,
              condition: condition === 'ended' ? 'succeeded' : condition,
            })),
          }),
        );
        const isBefore = orderOf(strict ? strictly : tasks);
        const most = peak(weights, isBefore);
        expect(most).toBeGreaterThanOrEqual(heaviest(weights, isBefore));
        if (strict) expect(most).toBe(heaviest(weights, isBefore));
      }),
      { numRuns: 2000 },
    );
  });

  test('an ended one may never have run', () => {
    const tasks: Task[] = [
      { after: [] },
      { after: [] },
      { after: [0, 1].map((task) => ({ task, condition: 'succeeded' })) },
      { after: [{ task: 2, condition: 'ended' }] },
    ];
    const isBefore = orderOf(tasks);
    expect([isBefore(0, 2), isBefore(2, 3), isBefore(0, 3)]).toEqual([true, true, false]);
    expect(peak([5, 7, 100, 90], isBefore)).toBe(112);
  });

  test('of a thousand that another thousand waits for', () => {
    const wait = { after: Array.from({ length: 1000 }, (_, task) => ({ task, condition: 'succeeded' as const })) };
    const tasks = Array.from({ length: 2000 }, (_, task): Task => (task < 1000 ? { after: [] } : wait));
    expect(
      peak(
        tasks.map((_, task) => (task < 1000 ? 3 : 2)),
        orderOf(tasks),
      ),
    ).toBe(3000);
  });
});
