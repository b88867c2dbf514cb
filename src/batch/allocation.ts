/**
 * What a batch system gave to this process: one type, whichever it is. Read from the environment by slurm.ts, flux.ts and
 * pbs.ts, all pure; what only the batch system's own programs tell (Slurm: which cores) is asked in src/run/. This is the
 * contract of a runner: another batch system is one more function from its variables to an Allocation.
 */
import { UserError } from '../errors.js';

export type BatchSystem = 'slurm' | 'flux' | 'pbs';

export interface Allocation {
  system: BatchSystem;
  /** As the batch system numbers it; what `lwd reap --job` is given. */
  job: string;
  /** Of a heterogeneous job: the number of the part that has this node, which is what the node's epilog is told. */
  component?: string | undefined;
  /** Part of the job that was started as one: "0", "1", or "batch" for the job script itself. */
  step: string;
  /** Of this process within the step, and how many there are. */
  rank: number;
  tasks: number;
  /** The same among those on this node. */
  localRank: number;
  localTasks: number;
  /** This node's name, as the batch system has it. */
  node: string;
  /** How often the job was started anew. */
  restart: number;
  /** "3_1": the second of job array 3; undefined if the job is of none. */
  array: string | undefined;
  /** How many CPUs of this node the step has, at the most the job's; undefined if it is not known. */
  cpus: number | undefined;
  /** What was asked for each task; undefined if nothing was. */
  cpusPerTask: number | undefined;
  /** The job's, by the batch system's numbers of the node's CPUs; undefined if it does not say. */
  cores: readonly number[] | undefined;
  /** MiB of this node that the job has; undefined if memory is not allotted. */
  memory: number | undefined;
  /** Seconds since 1970 at which the job's time is over; undefined if it has no limit that is known. */
  end: number | undefined;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** A job's number as it stands in a domain's name. */
const jobPattern = /^[A-Za-z0-9][A-Za-z0-9.]{0,31}$/;

/** A variable's value through `parse`; undefined if it is not set. Throws UserError for what cannot be. */
export function variable<Value>(
  env: Environment,
  name: string,
  parse: (text: string) => Value | undefined,
): Value | undefined {
  const text = env[name];
  if (text === undefined || text === '') return undefined;
  const value = parse(text);
  if (value !== undefined) return value;
  throw new UserError(`${name}=${JSON.stringify(text.slice(0, 80))} in the environment is not understood`, {
    next: ['the batch system sets it: print it in the job script to see what it says', 'or set LWD_BATCH=none'],
  });
}

/** Not negative. */
export function parseCount(text: string): number | undefined {
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

export function parseJob(text: string): string | undefined {
  return jobPattern.test(text) ? text : undefined;
}

/** A node's name, which stands in messages and picks a line of the map of CPUs. */
export function parseNode(text: string): string | undefined {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,254}$/.test(text) ? text : undefined;
}
