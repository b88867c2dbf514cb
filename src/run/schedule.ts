/**
 * When each of several domains is started, and what becomes of the others when one fails. A state machine, pure: what has
 * happened goes in, what is to be done comes out. run-group.ts carries it out.
 *
 *   waiting → starting → running → succeeded | failed       "failed" also straight from "starting": it never ran
 *   waiting → skipped                                        what it waits for cannot come any more, or all is to end
 */

/** Of the domain that is waited for: it runs or has run; it is over, however it went; it is over, and all was well. */
export type Condition = 'started' | 'ended' | 'succeeded';

export interface Task {
  after: readonly { task: number; condition: Condition }[];
}

export interface Rules {
  /** So many may be in their start at a time; at least 1. */
  atOnce: number;
  /** After the first failure none is started, and those that run are to end. */
  failFast: boolean;
}

export type Phase = 'waiting' | 'starting' | 'running' | 'succeeded' | 'failed' | 'skipped';

export interface Schedule {
  readonly tasks: readonly Task[];
  readonly rules: Rules;
  readonly phases: readonly Phase[];
  /** Whether it ever ran. */
  readonly ran: readonly boolean[];
  readonly stopped: boolean;
}

export type ScheduleEvent =
  | { kind: 'started'; task: number }
  /** In whatever phase it was: one that ends in its start has never run. */
  | { kind: 'ended'; task: number; well: boolean }
  /** Somebody wants all of it to end. */
  | { kind: 'stop' };

/** The state, and what is to be done now. */
export interface Step {
  schedule: Schedule;
  start: number[];
  /** Those that run, or are being started, are to be ended. */
  endAll: boolean;
}

/** `after` must not lead in a circle: what is in one never starts. */
export function beginSchedule(tasks: readonly Task[], rules: Rules): Step {
  const schedule = {
    tasks,
    rules,
    phases: tasks.map((): Phase => 'waiting'),
    ran: tasks.map(() => false),
    stopped: false,
  };
  return advance(schedule, false);
}

export function advanceSchedule(schedule: Schedule, event: ScheduleEvent): Step {
  if (event.kind === 'stop') return advance({ ...schedule, stopped: true }, !schedule.stopped);
  const before = schedule.phases[event.task];
  if (event.kind === 'started') {
    if (before !== 'starting') return { schedule, start: [], endAll: false };
    const ran = schedule.ran.with(event.task, true);
    return advance({ ...schedule, ran, phases: schedule.phases.with(event.task, 'running') }, false);
  }
  if (before !== 'starting' && before !== 'running') return { schedule, start: [], endAll: false };
  const ends = !event.well && schedule.rules.failFast && !schedule.stopped;
  const phases = schedule.phases.with(event.task, event.well ? 'succeeded' : 'failed');
  const ran = event.well ? schedule.ran.with(event.task, true) : schedule.ran;
  return advance({ ...schedule, ran, phases, stopped: schedule.stopped || ends }, ends);
}

/** None will be started any more. */
export function isSettled({ phases }: Schedule): boolean {
  return !phases.some((phase) => phase === 'waiting' || phase === 'starting');
}

/** None will be started any more, and none runs. */
export function isOver(schedule: Schedule): boolean {
  return isSettled(schedule) && !schedule.phases.includes('running');
}

function advance(schedule: Schedule, endAll: boolean): Step {
  const phases = skipHopeless(schedule);
  let room = schedule.rules.atOnce - phases.filter((phase) => phase === 'starting').length;
  const start: number[] = [];
  for (const [task, { after }] of schedule.tasks.entries()) {
    if (room <= 0 || phases[task] !== 'waiting') continue;
    if (!after.every((one) => judge({ ...schedule, phases }, one) === 'met')) continue;
    phases[task] = 'starting';
    start.push(task);
    room -= 1;
  }
  return { schedule: { ...schedule, phases }, start, endAll };
}

/** The phases, in which whatever can never start is skipped: that may take others along. */
function skipHopeless(schedule: Schedule): Phase[] {
  const phases = [...schedule.phases];
  for (let changed = true; changed; ) {
    changed = false;
    for (const [task, { after }] of schedule.tasks.entries()) {
      if (phases[task] !== 'waiting') continue;
      const hopeless = after.some((one) => judge({ ...schedule, phases }, one) === 'hopeless');
      if (!schedule.stopped && !hopeless) continue;
      phases[task] = 'skipped';
      changed = true;
    }
  }
  return phases;
}

function judge(
  { phases, ran }: Schedule,
  { task, condition }: { task: number; condition: Condition },
): 'met' | 'open' | 'hopeless' {
  const phase = phases[task];
  const over = phase === 'succeeded' || phase === 'failed' || phase === 'skipped';
  switch (condition) {
    case 'started':
      if (ran[task]) return 'met';
      break;
    case 'ended':
      return over ? 'met' : 'open';
    case 'succeeded':
      if (phase === 'succeeded') return 'met';
      break;
  }
  return over ? 'hopeless' : 'open';
}
