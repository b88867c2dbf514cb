/**
 * Slurm's words for an allocation: the variables of a job step or a job script, and `scontrol show job -d`, which alone
 * tells which cores of a node the job has. Pure.
 */
import { type Allocation, type Environment, parseCount, parseJob, parseNode, variable } from './allocation.js';
import { parseNames, parseNumbers, parseRepeated } from './lists.js';

/** Slurm's own limit (MAX_HET_JOB_COMPS). */
const mostComponents = 128;

/** Of srun in an interactive allocation (include/slurm/slurm.h: SLURM_INTERACTIVE_STEP). */
const interactiveStep = 0xff_ff_ff_fa;

/**
 * undefined outside of a job, and in the shell of salloc, which runs where it was typed and not on a node of the job.
 * Throws UserError if a variable holds what Slurm does not write.
 */
export function slurmAllocation(env: Environment): Allocation | undefined {
  const job = variable(env, 'SLURM_JOB_ID', parseJob);
  const node = variable(env, 'SLURMD_NODENAME', parseNode);
  if (job === undefined || node === undefined) return undefined;
  const count = (name: string) => variable(env, name, parseCount);
  const step = count('SLURM_STEP_ID') ?? count('SLURM_STEPID');
  const inStep = step !== undefined;
  const cpus = count('SLURM_CPUS_ON_NODE');
  const array = variable(env, 'SLURM_ARRAY_JOB_ID', parseJob);
  const perCpu = count('SLURM_MEM_PER_CPU');
  return {
    system: 'slurm',
    job,
    component: componentOn(env, node, count('SLURM_HET_SIZE')),
    step: step === undefined ? 'batch' : step === interactiveStep ? 'interactive' : String(step),
    rank: inStep ? (count('SLURM_PROCID') ?? 0) : 0,
    tasks: inStep ? (count('SLURM_STEP_NUM_TASKS') ?? 1) : 1,
    localRank: inStep ? (count('SLURM_LOCALID') ?? 0) : 0,
    localTasks: inStep ? localTasks(env, count('SLURM_NODEID') ?? 0) : 1,
    node,
    restart: count('SLURM_RESTART_COUNT') ?? 0,
    array: array === undefined ? undefined : `${array}_${count('SLURM_ARRAY_TASK_ID') ?? 0}`,
    cpus,
    cpusPerTask: inStep ? count('SLURM_CPUS_PER_TASK') : undefined,
    cores: undefined,
    // 0 is Slurm's way to write all of the node's.
    memory: count('SLURM_MEM_PER_NODE') || (perCpu && cpus ? perCpu * cpus : undefined),
    end: count('SLURM_JOB_END_TIME'),
  };
}

/**
 * A part of a heterogeneous job has a number of its own, and to Slurm's programs and the nodes' epilogs it is a job. All tasks
 * are told the number of the first. Of parts that share a node it is the last, since the first one's counts for all of them.
 */
function componentOn(env: Environment, node: string, size = 0): string | undefined {
  for (let group = Math.min(size, mostComponents) - 1; group >= 0; group -= 1) {
    const nodes = variable(env, `SLURM_JOB_NODELIST_HET_GROUP_${group}`, parseNames);
    if (nodes?.includes(node)) return variable(env, `SLURM_JOB_ID_HET_GROUP_${group}`, parseJob);
  }
  return undefined;
}

function localTasks(env: Environment, nodeIndex: number): number {
  return Math.max(1, variable(env, 'SLURM_STEP_TASKS_PER_NODE', parseRepeated)?.[nodeIndex] ?? 1);
}

export interface SlurmJobDetails {
  cores: number[];
  /** MiB; undefined if the cluster does not allot memory. */
  memory: number | undefined;
  /** As Slurm writes it, by the node's own clock and zone: 2026-11-23T07:10:02. undefined: no limit. */
  end: string | undefined;
}

/** What `scontrol show job -d` says of this node. undefined if it says nothing that can be understood. */
export function parseJobDetails(shown: string, node: string, job?: string): SlurmJobDetails | undefined {
  // The last task of an array has the array's own number: asked for it, Slurm shows all tasks.
  const records = shown.split(/^(?=JobId=)/m);
  const text = records.find((record) => /^JobId=(\S+)/.exec(record)?.[1] === job) ?? shown;
  // Fields are told by their place: a job's name, and all else a user can set, may hold any text but a new line.
  for (const line of text.split('\n')) {
    const match = /^ {5}Nodes=(\S+) CPU_IDs=([\d,-]+) Mem=(\d{1,9}) GRES=.*$/.exec(line);
    const [, nodes = '', ids = '', memory = ''] = match ?? [];
    if (match === null || !parseNames(nodes)?.includes(node)) continue;
    const cores = parseNumbers(ids);
    if (cores === undefined) return undefined;
    const end = /^ {3}StartTime=\S+ EndTime=(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d) /m.exec(text)?.[1];
    return { cores, memory: Number(memory) || undefined, end };
  }
  return undefined;
}

/** Seconds between SIGTERM and SIGKILL, by slurm.conf's text; 30 if it says nothing. */
export function killWait(configuration: string | undefined): number {
  const value = /^\s*KillWait\s*=\s*(\d{1,5})\s*(?:#.*)?$/im.exec(configuration ?? '')?.[1];
  return value === undefined ? 30 : Number(value);
}
