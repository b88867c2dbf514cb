/** From flags to the domains that are wanted: as they are outside of batch systems, and fitted into their job inside of one. */
import { batchRecord } from '../batch/job-name.js';
import { shieldFromSignals } from '../sys/exec.js';
import { parseDuration } from '../xl/units.js';
import { findBatchTask, graceWithin, leaseWithin, secondsLeft, timeLimitWithin } from './batch-task.js';
import { amongOf, checkPlacementFlags, checkWithin, fitFlags, fitText, withCpus } from './fit-allocation.js';
import { type MemberFlags, type Members, memberCount, membersOf } from './members.js';
import { type RunContext, type TimeLimit, timeLimitOf } from './run-domain.js';
import type { Target } from './target.js';

/** Flags that a job has a say in, as they were written. */
export interface JobFlags extends MemberFlags {
  numa?: number | undefined;
  pool?: string | undefined;
}

/** What a flag said of time, if one did; milliseconds. */
export interface AskedTimes {
  limit: TimeLimit | undefined;
  grace: number | undefined;
}

/** Throws UserError for what is no duration. */
export function askedTimes(flags: { timeout?: string | undefined; grace?: string | undefined }): AskedTimes {
  return {
    limit: flags.timeout === undefined ? undefined : timeLimitOf('--timeout', flags.timeout),
    grace: flags.grace === undefined ? undefined : parseDuration('--grace', flags.grace),
  };
}

export interface JobMembers {
  members: Members;
  timeLimit: TimeLimit | undefined;
  /** Milliseconds between asking for the end and enforcing it. */
  grace: number;
  /** Seconds; undefined outside of jobs. */
  lease: number | undefined;
  /** See PlacementFlags. */
  among: readonly number[] | undefined;
}

/** Says on stderr, once, what was taken from the job. Throws UserError for what exceeds it. */
export async function membersInJob(
  { host, output, interruption }: RunContext,
  target: Target,
  flags: JobFlags,
  times: AskedTimes,
  args: readonly string[] | undefined,
): Promise<JobMembers> {
  const task = await findBatchTask(host, interruption.signal);
  const grace = times.grace ?? (await graceWithin(task));
  const { image } = target;
  if (task === undefined) {
    return {
      members: membersOf(target, flags, args),
      timeLimit: times.limit,
      grace,
      lease: undefined,
      among: undefined,
    };
  }
  interruption.bePatient();
  await shieldFromSignals();
  checkPlacementFlags(task, flags);
  const members = membersOf(target, fitFlags(task, flags, image.facts, memberCount(target, flags)), args);
  const wishes = withCpus(task, members.wishes, flags.cpus);
  checkWithin(task, wishes);
  const timeLimit = timeLimitWithin(task, times.limit);
  const text = fitText(task, wishes, secondsLeft(task.allocation));
  output.note(`${members.group ?? wishes[0]?.name}: ${text}`);
  const batch = batchRecord(task.allocation);
  const recorded = wishes.map((wish) => ({ ...wish, batch, placement: text }));
  return {
    members: { ...members, wishes: recorded },
    timeLimit,
    grace,
    lease: leaseWithin(host),
    among: amongOf(task),
  };
}
