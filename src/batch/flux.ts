/**
 * Flux's words for an allocation: the variables that its shell sets for each task (flux-environment(7)). It says neither
 * which cores a task has nor how much memory: a launcher that knows may set LWD_BATCH_CORES and LWD_BATCH_MEMORY. Pure.
 */
import { type Allocation, type Environment, parseCount, parseNode, variable } from './allocation.js';

/** `hostname` stands for the node's name, which Flux does not set. */
export function fluxAllocation(env: Environment, hostname: string): Allocation | undefined {
  const job = variable(env, 'FLUX_JOB_ID', parseFluxJob);
  if (job === undefined) return undefined;
  const count = (name: string) => variable(env, name, parseCount);
  const tasks = Math.max(1, count('FLUX_JOB_SIZE') ?? 1);
  const nodes = Math.max(1, count('FLUX_JOB_NNODES') ?? 1);
  return {
    system: 'flux',
    job,
    step: '0',
    rank: count('FLUX_TASK_RANK') ?? 0,
    tasks,
    localRank: count('FLUX_TASK_LOCAL_ID') ?? 0,
    localTasks: Math.ceil(tasks / nodes),
    node: variable(env, 'LWD_BATCH_NODE', parseNode) ?? hostname,
    restart: 0,
    array: undefined,
    cpus: undefined,
    cpusPerTask: undefined,
    cores: undefined,
    memory: undefined,
    end: undefined,
  };
}

/** Flux writes ids as "ƒ2Xz9" or "f2Xz9" (base 58), as a number, or in dotted hexadecimal. */
export function parseFluxJob(text: string): string | undefined {
  const plain = text.replace(/^ƒ/, 'f');
  return /^(?:f[1-9A-HJ-NP-Za-km-z]{1,12}|\d{1,20}|[0-9a-f]{4}(?:\.[0-9a-f]{4}){3})$/.test(plain) ? plain : undefined;
}
