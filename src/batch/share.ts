/** What of an allocation is one task's: tasks of a step on the same node divide what the job has there. Pure. */
import { UserError } from '../errors.js';
import type { Allocation } from './allocation.js';

export interface Share {
  /** How many CPUs; undefined if it is not known. */
  count: number | undefined;
  /** Which, as the batch system numbers the node's CPUs; undefined if it does not say. */
  cores: readonly number[] | undefined;
  /**
   * Of which it may be any, if other steps of the job may run beside this one: who has which of the job's is then not known.
   * Empty otherwise.
   */
  among: readonly number[];
  /** MiB, for the domain and what Xen takes for it; undefined if memory is not allotted. */
  memory: number | undefined;
}

/**
 * Tasks get CPUs in the order of their local ranks: as many as were asked for each, else equal parts. With more tasks than
 * CPUs, several have the same one. A step that has not all of the job's CPUs has as little of its memory. Throws UserError if the
 * ranks contradict each other.
 */
export function taskShare(allocation: Allocation): Share {
  const { localRank, localTasks, cores, memory } = allocation;
  if (localRank >= localTasks) {
    throw new UserError(`task ${localRank} of ${localTasks} on ${allocation.node} cannot be`, {
      next: ['the variables of the batch system contradict each other; set LWD_BATCH=none to do without'],
    });
  }
  const whole = cores?.length ?? allocation.cpus;
  if (whole === undefined || whole === 0) {
    return { count: undefined, cores: undefined, among: [], memory: memory && Math.floor(memory / localTasks) };
  }
  const total = Math.min(allocation.cpus || whole, whole);
  const equal = Math.max(1, Math.floor(total / localTasks));
  const asked = allocation.cpusPerTask ?? equal;
  const count = asked * localTasks <= total ? Math.max(1, asked) : equal;
  const first = (localRank * count) % total;
  return {
    count,
    cores: cores?.slice(first, first + count),
    among: total < whole ? (cores ?? []) : [],
    memory: memory && Math.floor((memory * total) / whole / localTasks),
  };
}
