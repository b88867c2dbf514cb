/** From flags to the domains that are wanted: as they are outside of batch systems, and fitted into their job inside of one. */
import { batchRecord } from '../batch/job-name.js';
import { parseDuration } from '../xl/facts/units.js';
import { type AskedTimes, enterJob, type JobTerms, secondsLeft } from './batch-task.js';
import { checkPlacementFlags, checkWithin, fitFlags, fitText, withCpus } from './fit-allocation.js';
import { beforeOf, type MemberFlags, type Members, memberCount, membersOf } from './members.js';
import { type RunContext, timeLimitOf } from './run-domain.js';
import type { Target } from './target.js';

/** Flags that a job has a say in, as they were written. */
export interface JobFlags extends MemberFlags {
  numa?: number | undefined;
  pool?: string | undefined;
  /** How many shells are kept ready of each sort. */
  'pool-size'?: number | undefined;
}

/** Throws UserError for what is no duration. */
export function askedTimes(flags: { timeout?: string | undefined; grace?: string | undefined }): AskedTimes {
  return {
    limit: flags.timeout === undefined ? undefined : timeLimitOf('--timeout', flags.timeout),
    grace: flags.grace === undefined ? undefined : parseDuration('--grace', flags.grace),
  };
}

export interface JobMembers extends JobTerms {
  members: Members;
}

/** Says on stderr, once, what was taken from the job. Throws UserError for what exceeds it. */
export async function membersInJob(
  context: RunContext,
  target: Target,
  flags: JobFlags,
  times: AskedTimes,
  args: readonly string[] | undefined,
): Promise<JobMembers> {
  const { task, terms } = await enterJob(context, times);
  if (task === undefined) return { members: membersOf(target, flags, args), ...terms };
  checkPlacementFlags(task, flags);
  const { rank, tasks } = task.allocation;
  const shells = flags['pool-size'] ?? 0;
  const fitted = fitFlags(task, flags, target.image.facts, { domains: memberCount(target, flags), shells });
  const members = membersOf(target, fitted, args, { rank, tasks });
  const before = beforeOf(members);
  const wishes = withCpus(task, members.wishes, flags.cpus, before);
  checkWithin(task, wishes, { shells, before });
  const text = fitText(task, wishes, secondsLeft(task.allocation));
  context.output.note(`${members.group ?? wishes[0]?.name}: ${text}`);
  const batch = batchRecord(task.allocation);
  const recorded = wishes.map((wish) => ({ ...wish, batch, placement: text }));
  return { members: { ...members, wishes: recorded }, ...terms };
}
