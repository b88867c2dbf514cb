/**
 * PBS's words for an allocation: the variables of a job script, and of the tasks that pbsdsh starts, and the file of nodes that
 * the job has. Pure. As with Flux, cores and memory are not among them.
 */
import { type Allocation, type Environment, parseCount, parseNode, variable } from './allocation.js';

/** `hostname` stands for the node's name. */
export function pbsAllocation(env: Environment, hostname: string): Allocation | undefined {
  const id = variable(env, 'PBS_JOBID', parsePbsJob);
  if (id === undefined) return undefined;
  const count = (name: string) => variable(env, name, parseCount);
  // Torque has another name for the same.
  const index = count('PBS_ARRAY_INDEX') ?? count('PBS_ARRAYID');
  const task = count('PBS_TASKNUM');
  const cpus = count('NCPUS') ?? count('PBS_NUM_PPN');
  return {
    system: 'pbs',
    job: id.number,
    step: task === undefined ? 'batch' : '0',
    // PBS counts tasks from 1, the job script's shell being the first, and ranks of pbsdsh from 0.
    rank: count('PBS_VNODENUM') ?? count('PBS_NODENUM') ?? 0,
    tasks: count('PBS_NP') ?? 1,
    localRank: 0,
    localTasks: 1,
    node: variable(env, 'LWD_BATCH_NODE', parseNode) ?? hostname,
    restart: 0,
    array: index === undefined ? undefined : `${id.number}_${index}`,
    cpus,
    cpusPerTask: undefined,
    cores: undefined,
    memory: undefined,
    end: undefined,
  };
}

/**
 * With what the file says that PBS_NODEFILE names: a line for each task, the name of its node. The job script itself is no task.
 * What has no line there stays as it is.
 */
export function withNodeFile(allocation: Allocation, text: string): Allocation {
  const nodes = text.split('\n').filter((line) => line !== '');
  const { step, rank } = allocation;
  const own = nodes[rank];
  if (step === 'batch' || own === undefined) return allocation;
  const isHere = (node: string) => node === own;
  return {
    ...allocation,
    tasks: nodes.length,
    localRank: nodes.slice(0, rank).filter(isHere).length,
    localTasks: nodes.filter(isHere).length,
  };
}

/** "123.server", "123[4].server": the number, which is one for the whole array. */
export function parsePbsJob(text: string): { number: string } | undefined {
  const match = /^(\d{1,10})(?:\[\d{0,10}\])?(?:\.[A-Za-z0-9][A-Za-z0-9._-]{0,250})?$/.exec(text);
  return match === null ? undefined : { number: match[1] ?? '' };
}
