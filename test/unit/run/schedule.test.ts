/** When domains of a group start: a pure state machine, driven by whatever may happen in whatever order. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  advanceSchedule,
  beginSchedule,
  type Condition,
  isOver,
  isSettled,
  type Schedule,
  type ScheduleEvent,
  type Step,
  type Task,
} from '../../../src/run/schedule.js';

const alone: Task = { after: [] };
const awaits = (task: number, condition: Condition): Task => ({ after: [{ task, condition }] });
const goOn = { atOnce: 8, failFast: false };

/** The phases after these events. */
function play(tasks: Task[], rules: { atOnce: number; failFast: boolean }, events: ScheduleEvent[]): Step[] {
  const steps = [beginSchedule(tasks, rules)];
  for (const event of events) steps.push(advanceSchedule((steps.at(-1) as Step).schedule, event));
  return steps;
}

function last(steps: Step[]): Schedule {
  return (steps.at(-1) as Step).schedule;
}

describe('one after the other', () => {
  test('a start is waited for, and no end', () => {
    const steps = play([alone, awaits(0, 'started')], goOn, [{ kind: 'started', task: 0 }]);
    expect(steps.map(({ start }) => start)).toEqual([[0], [1]]);
  });

  test('one that came and went has been started', () => {
    const steps = play([alone, alone, awaits(0, 'started')], { atOnce: 1, failFast: false }, [
      { kind: 'started', task: 0 },
      { kind: 'ended', task: 0, well: false },
      { kind: 'started', task: 1 },
    ]);
    expect(last(steps).phases).toEqual(['failed', 'running', 'starting']);
  });

  test('success is waited for, and its want skips all that follows', () => {
    const chain = [alone, awaits(0, 'succeeded'), awaits(1, 'succeeded'), awaits(2, 'ended')];
    const bad = play(chain, goOn, [
      { kind: 'started', task: 0 },
      { kind: 'ended', task: 0, well: false },
    ]);
    expect(last(bad).phases).toEqual(['failed', 'skipped', 'skipped', 'starting']);
    const good = play(chain, goOn, [
      { kind: 'started', task: 0 },
      { kind: 'ended', task: 0, well: true },
    ]);
    expect(last(good).phases).toEqual(['succeeded', 'starting', 'waiting', 'waiting']);
  });

  test('one that never ran was never started', () => {
    const steps = play([alone, awaits(0, 'started')], goOn, [{ kind: 'ended', task: 0, well: false }]);
    expect(last(steps).phases).toEqual(['failed', 'skipped']);
  });
});

test('so many at once, and the next when one of them runs', () => {
  const steps = play([alone, alone, alone], { atOnce: 2, failFast: false }, [{ kind: 'started', task: 1 }]);
  expect(steps.map(({ start }) => start)).toEqual([[0, 1], [2]]);
});

describe('when one fails', () => {
  const events: ScheduleEvent[] = [
    { kind: 'started', task: 0 },
    { kind: 'ended', task: 0, well: false },
  ];

  test('the others go on', () => {
    const steps = play([alone, alone, alone], { atOnce: 1, failFast: false }, events);
    expect(steps.map(({ start, endAll }) => [start, endAll])).toEqual([
      [[0], false],
      [[1], false],
      [[], false],
    ]);
  });

  test('or end, once', () => {
    const steps = play([alone, alone, alone], { atOnce: 1, failFast: true }, [
      ...events,
      { kind: 'ended', task: 1, well: false },
    ]);
    expect(steps.map(({ endAll }) => endAll)).toEqual([false, false, true, false]);
    expect(last(steps).phases).toEqual(['failed', 'failed', 'skipped']);
  });
});

/** Tasks that wait only for earlier ones, by way of their numbers mixed up. */
const anyTasks = fc
  .array(
    fc.array(fc.record({ back: fc.nat(9), condition: fc.constantFrom<Condition>('started', 'ended', 'succeeded') }), {
      maxLength: 3,
    }),
    { minLength: 1, maxLength: 10 },
  )
  .chain((wishes) =>
    fc.shuffledSubarray([...wishes.keys()], { minLength: wishes.length }).map((order) => {
      const tasks: Task[] = [];
      for (const [place, wish] of wishes.entries()) {
        const waits =
          place === 0 ? [] : wish.map(({ back, condition }) => ({ task: order[back % place] ?? 0, condition }));
        tasks[order[place] ?? 0] = { after: waits };
      }
      return tasks;
    }),
  );

/** What happens next: a number chooses among those in their start or running, and how it goes with them. */
const anyStory = fc.array(fc.record({ choice: fc.nat(), well: fc.boolean(), stop: fc.nat(40).map((n) => n === 0) }), {
  minLength: 60,
  maxLength: 60,
});
const anyRules = fc.record({ atOnce: fc.integer({ min: 1, max: 4 }), failFast: fc.boolean() });

function* tell(
  tasks: Task[],
  rules: { atOnce: number; failFast: boolean },
  story: { choice: number; well: boolean; stop: boolean }[],
) {
  let step = beginSchedule(tasks, rules);
  yield step;
  for (const { choice, well, stop } of story) {
    const { phases } = step.schedule;
    const live = phases.flatMap((phase, task) => (phase === 'starting' || phase === 'running' ? [task] : []));
    const task = live[choice % Math.max(live.length, 1)];
    if (stop) step = advanceSchedule(step.schedule, { kind: 'stop' });
    else if (task === undefined) return;
    else if (phases[task] === 'starting' && (well || choice % 3 > 0)) {
      step = advanceSchedule(step.schedule, { kind: 'started', task });
    } else step = advanceSchedule(step.schedule, { kind: 'ended', task, well: well && phases[task] === 'running' });
    yield step;
  }
}

describe('whatever happens', () => {
  const always = (check: (steps: Step[], tasks: Task[], rules: { atOnce: number; failFast: boolean }) => void) =>
    fc.assert(
      fc.property(anyTasks, anyRules, anyStory, (tasks, rules, story) => {
        check([...tell(tasks, rules, story)], tasks, rules);
      }),
    );

  test('it comes to an end, in which everything has its place', () => {
    always((steps) => {
      const { schedule } = steps.at(-1) as Step;
      expect(isOver(schedule)).toBe(true);
      expect(schedule.phases.every((phase) => ['succeeded', 'failed', 'skipped'].includes(phase))).toBe(true);
    });
  });

  test('each is started once at the most, and never more at once than allowed', () => {
    always((steps, _tasks, { atOnce }) => {
      const started = steps.flatMap(({ start }) => start);
      expect(new Set(started).size).toBe(started.length);
      for (const { schedule } of steps) {
        expect(schedule.phases.filter((phase) => phase === 'starting').length).toBeLessThanOrEqual(atOnce);
      }
    });
  });

  test('nothing starts before what it waits for', () => {
    always((steps, tasks) => {
      for (const { start, schedule } of steps) {
        for (const waits of start.flatMap((task) => tasks[task]?.after ?? [])) {
          const phase = schedule.phases[waits.task] ?? '';
          if (waits.condition === 'started') expect(schedule.ran[waits.task]).toBe(true);
          if (waits.condition === 'succeeded') expect(phase).toBe('succeeded');
          if (waits.condition === 'ended') expect(['succeeded', 'failed', 'skipped']).toContain(phase);
        }
      }
    });
  });

  test('nothing starts after the end was asked for, or with fail-fast after a failure', () => {
    always((steps, _tasks, { failFast }) => {
      const over = steps.findIndex(
        ({ schedule }) => schedule.stopped || (failFast && schedule.phases.includes('failed')),
      );
      if (over < 0) return;
      expect(steps.slice(over).every(({ start }) => start.length === 0)).toBe(true);
      expect(steps.filter(({ endAll }) => endAll).length).toBe(1);
      expect(steps[over]?.schedule.phases).not.toContain('waiting');
    });
  });

  test('something is under way as long as something waits', () => {
    always((steps) => {
      for (const { schedule } of steps) {
        if (!schedule.phases.includes('waiting')) continue;
        expect(schedule.phases.some((phase) => phase === 'starting' || phase === 'running')).toBe(true);
        expect(isSettled(schedule)).toBe(false);
      }
    });
  });

  test('without fail-fast, what waits for nothing is started unless all is stopped', () => {
    always((steps, tasks, { failFast }) => {
      const { schedule } = steps.at(-1) as Step;
      if (failFast || schedule.stopped) return;
      for (const [task, { after: waits }] of tasks.entries()) {
        if (waits.length === 0) expect(schedule.phases[task]).not.toBe('skipped');
      }
    });
  });
});
