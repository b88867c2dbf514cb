/**
 * Which batch system started this process, if any, and what a site adds to what that says. Pure.
 *
 * | variable | says |
 * |---|---|
 * | LWD_BATCH | `none`: run as if there were no batch system; or which of several to believe |
 * | LWD_BATCH_CORES | the node's CPUs that the job (or this step of it) has: `0-2,4-5` |
 * | LWD_BATCH_MEMORY | its memory on this node, MiB |
 * | LWD_BATCH_END | seconds since 1970 at which its time is over |
 */
import { UserError } from '../errors.js';
import { type Allocation, type BatchSystem, type Environment, parseCount, variable } from './allocation.js';
import { fluxAllocation } from './flux.js';
import { parseNumbers } from './lists.js';
import { pbsAllocation } from './pbs.js';
import { slurmAllocation } from './slurm.js';

type Reader = (env: Environment, hostname: string) => Allocation | undefined;

/** The first that is there counts: Flux is often started within a job of another system, and not the other way round. */
const readers: Record<BatchSystem, Reader> = {
  flux: fluxAllocation,
  slurm: slurmAllocation,
  pbs: pbsAllocation,
};

/** Throws UserError for variables that cannot be. */
export function findAllocation(env: Environment, hostname: string): Allocation | undefined {
  const wanted = env.LWD_BATCH ?? '';
  if (wanted === 'none') return undefined;
  if (wanted !== '' && !Object.hasOwn(readers, wanted)) {
    throw new UserError(`LWD_BATCH: ${JSON.stringify(wanted)} is no batch system`, {
      next: [`known are ${Object.keys(readers).join(', ')}; none: do as if there were no batch system`],
    });
  }
  for (const [system, read] of Object.entries(readers)) {
    const found = wanted === '' || wanted === system ? read(env, hostname) : undefined;
    if (found !== undefined) return withSiteWords(found, env);
  }
  return undefined;
}

function withSiteWords(allocation: Allocation, env: Environment): Allocation {
  const cores = variable(env, 'LWD_BATCH_CORES', parseNumbers) ?? allocation.cores;
  return {
    ...allocation,
    cores,
    cpus: cores?.length ?? allocation.cpus,
    memory: variable(env, 'LWD_BATCH_MEMORY', parseCount) ?? allocation.memory,
    end: variable(env, 'LWD_BATCH_END', parseCount) ?? allocation.end,
  };
}
