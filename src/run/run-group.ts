/**
 * Several domains by one command: started as schedule.ts says, each stayed with (or left to itself), and one result for all
 * of them. What goes wrong with one is told at once, on stderr, and kept for the result.
 */
import type { Host } from '../host/host.js';
import { describeFailure, failureText } from '../report/failure.js';
import { finishedGroupReport, groupText, type MemberEnd, startedGroupReport } from '../report/group.js';
import { monotonic } from '../sys/clock.js';
import type { StartedDomain } from '../xl/life/domain.js';
import { takeDown } from '../xl/life/takedown.js';
import { listDomains } from '../xl/observed/status.js';
import { statusOfGroup } from './group-status.js';
import type { Admitted } from './room.js';
import { type Launch, type RunContext, runDomain, startDomain, type TimeLimit } from './run-domain.js';
import { advanceSchedule, beginSchedule, isSettled, type Rules, type Step, type Task } from './schedule.js';
import type { Streams } from './streams.js';

/**
 * Starts all of them, stays until the last has ended unless they are left to themselves, and reports. Gives the command's
 * status.
 */
export async function runAll(context: RunContext, group: string, room: Admitted, order: GroupOrder): Promise<number> {
  const { output, interruption } = context;
  const began = monotonic();
  const { streams } = order;
  const detached = streams === undefined;
  const ends = detached ? await startGroup(context, room, order) : await runGroup(context, room, order, streams);
  const own = statusOfGroup(ends, interruption.exitCode);
  const status = (await streams?.end(own)) ?? own;
  const hosts = room.launches.map(({ host }) => host.name);
  const result = { group, hosts, ends, status, seconds: (monotonic() - began) / 1000 };
  const allRun = ends.every(({ kind }) => kind === 'started');
  if (!output.json && !allRun) output.note(groupText(result));
  output.result(detached ? startedGroupReport(result) : finishedGroupReport(result));
  return status;
}

export interface GroupOrder {
  tasks: readonly Task[];
  rules: Rules;
  timeLimit: TimeLimit | undefined;
  /** Milliseconds between asking for the end and enforcing it. */
  grace: number;
  /** Place by place too; undefined: nobody stays with them. */
  streams: Streams | undefined;
}

/** Starts all of them and stays until the last has ended. `launches` and `order.tasks` go together, place by place. */
async function runGroup(
  context: RunContext,
  room: Admitted,
  { tasks, rules, timeLimit, grace }: GroupOrder,
  streams: Streams,
): Promise<MemberEnd[]> {
  return carryOut(context, room, { tasks, rules }, async (launch, stop, onStarted) => {
    const ended = await runDomain(context, launch, {
      ...streams.of(room.launches.indexOf(launch)),
      timeLimit,
      grace,
      ports: [],
      trace: undefined,
      stop,
      onStarted,
    });
    const stopped = ended.finished.cause === 'interrupted' && !context.interruption.signal.aborted;
    return { kind: 'ended', ended, stopped };
  });
}

/** Starts all of them and leaves them to themselves. If all are to end after all, those that run already are taken down. */
async function startGroup(
  context: RunContext,
  room: Admitted,
  { tasks, rules, grace }: GroupOrder,
): Promise<MemberEnd[]> {
  const { interruption } = context;
  let cancelled: AbortSignal | undefined;
  const ends = await carryOut(context, room, { tasks, rules }, async (launch, stop, onStarted) => {
    cancelled = stop;
    const domain: StartedDomain = await startDomain(context, launch, stop);
    onStarted();
    return { kind: 'started', domain };
  });
  if (!cancelled?.aborted) return ends;
  const uuids = new Set(ends.flatMap((end) => (end.kind === 'started' ? [end.domain.uuid] : [])));
  await Promise.all(
    hostsOf(room.launches).map(async (host) => {
      const ours = (await listDomains(host)).filter(({ uuid }) => uuids.has(uuid));
      if (ours.length > 0) await takeDown(host, ours, { grace, signal: interruption.urgent });
    }),
  );
  return ends.map((end) => (end.kind === 'started' ? { kind: 'skipped', name: end.domain.name } : end));
}

function hostsOf(launches: readonly Launch[]): Host[] {
  return [...new Set(launches.map(({ host }) => host))];
}

/** Lives one domain's life. Resolves with its end; "started" leaves it running. */
type Life = (launch: Launch, stop: AbortSignal, onStarted: () => void) => Promise<MemberEnd>;

function carryOut(
  context: RunContext,
  { launches, release }: Admitted,
  { tasks, rules }: Pick<GroupOrder, 'tasks' | 'rules'>,
  live: Life,
): Promise<MemberEnd[]> {
  const { interruption } = context;
  const ends: (MemberEnd | undefined)[] = launches.map(() => undefined);
  const stop = new AbortController();
  let underWay = 0;
  return new Promise((resolve, reject) => {
    let step = beginSchedule(tasks, rules);
    const take = (next: Step) => {
      step = next;
      if (step.endAll) stop.abort(new Error('the others of the group are to end'));
      for (const task of step.start) void begin(task);
      if (!isSettled(step.schedule)) return;
      const released = release();
      if (underWay > 0) return;
      interruption.signal.removeEventListener('abort', onInterrupt);
      const all = (): MemberEnd[] =>
        launches.map(({ wish }, index) => ends[index] ?? { kind: 'skipped', name: wish.name });
      released.then(all).then(resolve, reject);
    };
    const begin = async (task: number) => {
      const launch = launches[task] as Launch;
      underWay += 1;
      const started = () => take(advanceSchedule(step.schedule, { kind: 'started', task }));
      const end = await live(launch, stop.signal, started).catch((error: unknown) =>
        failed(context, launch, stop, error),
      );
      underWay -= 1;
      ends[task] = end;
      const over = end.kind !== 'started';
      take(over ? advanceSchedule(step.schedule, { kind: 'ended', task, well: endedWell(end) }) : quietly(step));
    };
    const onInterrupt = () => take(advanceSchedule(step.schedule, { kind: 'stop' }));
    interruption.signal.addEventListener('abort', onInterrupt);
    take(interruption.signal.aborted ? advanceSchedule(step.schedule, { kind: 'stop' }) : step);
  });
}

/** The same state, with nothing more to be done. */
function quietly({ schedule }: Step): Step {
  return { schedule, start: [], endAll: false };
}

function endedWell(end: MemberEnd): boolean {
  return end.kind === 'ended' && end.ended.status === 0;
}

/** One that did not come to an end of its own. Told now: the others may take long. */
function failed({ interruption }: RunContext, { wish }: Launch, stop: AbortController, error: unknown): MemberEnd {
  const isReason = error === interruption.signal.reason || error === stop.signal.reason;
  if (isReason && (interruption.signal.aborted || stop.signal.aborted)) return { kind: 'skipped', name: wish.name };
  const failure = describeFailure(error);
  process.stderr.write(`${failureText({ ...failure, message: `${wish.name}: ${failure.message}` })}\n`);
  return { kind: 'failed', name: wish.name, failure };
}
