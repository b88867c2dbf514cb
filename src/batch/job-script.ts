/**
 * The job scripts of `lwd batch`, one for each batch system, and the command that submits them: the runner's contract from the
 * other side. Pure. What goes into a directive is checked there, since no batch system has quotes for it.
 */
import { UserError } from '../errors.js';
import { shellWord } from '../sys/shell-word.js';
import type { BatchSystem } from './allocation.js';

export interface JobWish {
  name: string;
  nodes: number | undefined;
  tasks: number;
  cpusPerTask: number | undefined;
  /** As the batch system writes them. */
  memory: string | undefined;
  time: string | undefined;
  partition: string | undefined;
  array: string | undefined;
  output: string | undefined;
  error: string | undefined;
  /** More directives, as they are. */
  options: readonly string[];
  /** Its tasks are ranks of PMI. */
  pmi: boolean;
  /** What every task runs. */
  command: readonly string[];
}

export interface Submission {
  script: string;
  /** Reads the script from its stdin. */
  command: [string, ...string[]];
  /** In front of a job's number: what ends it. */
  cancel: string;
}

export function submission(system: BatchSystem, wish: JobWish, wait: boolean): Submission {
  checkDirectives(wish);
  return makers[system](wish, wait);
}

const makers: Record<BatchSystem, (wish: JobWish, wait: boolean) => Submission> = {
  slurm: slurmJob,
  flux: fluxJob,
  pbs: pbsJob,
};

function slurmJob(wish: JobWish, wait: boolean): Submission {
  const directives = given([
    ['--job-name', wish.name],
    ['--nodes', wish.nodes],
    ['--ntasks', wish.tasks],
    ['--cpus-per-task', wish.cpusPerTask],
    ['--mem', wish.memory],
    ['--time', wish.time],
    ['--partition', wish.partition],
    ['--array', wish.array],
    ['--output', wish.output],
    ['--error', wish.error],
  ]);
  // Since Slurm 22.05 srun does not take this over from the job.
  const each = wish.cpusPerTask === undefined ? [] : [`--cpus-per-task=${wish.cpusPerTask}`];
  const ranks = wish.pmi ? ['--mpi=pmi2'] : [];
  return {
    script: scriptText('#SBATCH', [...directives, ...wish.options], ['srun', ...each, ...ranks, ...wish.command]),
    command: ['sbatch', '--parsable', ...(wait ? ['--wait'] : [])],
    cancel: 'scancel',
  };
}

function fluxJob(wish: JobWish, wait: boolean): Submission {
  refuse(wish, 'Flux', ['memory', 'array']);
  const directives = given([
    ['--job-name', wish.name],
    ['--nodes', wish.nodes],
    ['--nslots', wish.tasks],
    ['--cores-per-slot', wish.cpusPerTask],
    ['--time-limit', wish.time],
    ['--queue', wish.partition],
    ['--output', wish.output],
    ['--error', wish.error],
  ]);
  const each = wish.cpusPerTask === undefined ? [] : [`--cores-per-task=${wish.cpusPerTask}`];
  const nodes = wish.nodes === undefined ? [] : [`--nodes=${wish.nodes}`];
  // Every task has PMI there.
  return {
    script: scriptText(
      '#flux:',
      [...directives, ...wish.options],
      ['flux', 'run', ...nodes, `--ntasks=${wish.tasks}`, ...each, ...wish.command],
    ),
    command: ['flux', 'batch', ...(wait ? ['--wait'] : [])],
    cancel: 'flux cancel',
  };
}

function pbsJob(wish: JobWish, wait: boolean): Submission {
  if (wish.pmi) {
    throw new UserError('PBS: pbsdsh starts tasks without PMI', {
      exit: 'usage',
      next: ['leave --pmi out: with a range of addresses in lwd.yaml every task knows where the others are'],
    });
  }
  const nodes = wish.nodes ?? 1;
  if (wish.tasks % nodes !== 0) {
    throw new UserError(`PBS: ${wish.tasks} tasks cannot be divided equally among ${nodes} nodes`, {
      exit: 'usage',
      next: ['make the tasks a multiple of the nodes'],
    });
  }
  const each = wish.tasks / nodes;
  const memory = wish.memory === undefined ? '' : `:mem=${wish.memory}`;
  const select = `select=${nodes}:ncpus=${each * (wish.cpusPerTask ?? 1)}:mpiprocs=${each}${memory}`;
  const directives = [
    `-N ${wish.name}`,
    `-l ${select}`,
    ...(wish.time === undefined ? [] : [`-l walltime=${wish.time}`]),
    ...(wish.partition === undefined ? [] : [`-q ${wish.partition}`]),
    ...(wish.array === undefined ? [] : [`-J ${wish.array}`]),
    ...(wish.output === undefined ? [] : [`-o ${wish.output}`]),
    ...(wish.error === undefined ? [] : [`-e ${wish.error}`]),
  ];
  return {
    script: scriptText('#PBS', [...directives, ...wish.options], ['pbsdsh', '--', ...wish.command]),
    command: ['qsub', ...(wait ? ['-W', 'block=true'] : [])],
    cancel: 'qdel',
  };
}

function scriptText(mark: string, directives: readonly string[], command: readonly string[]): string {
  const lines = ['#!/bin/sh', ...directives.map((directive) => `${mark} ${directive}`)];
  return `${[...lines, `exec ${command.map(shellWord).join(' ')}`].join('\n')}\n`;
}

function given(pairs: readonly [string, string | number | undefined][]): string[] {
  return pairs.flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${value}`]));
}

function checkDirectives(wish: JobWish): void {
  const { name, memory, time, partition, array, output, error, options } = wish;
  for (const [flag, text] of Object.entries({ name, memory, time, partition, array, output, error })) {
    if (text === undefined || /^[\w.,:%/@+[\]-]+$/.test(text)) continue;
    throw new UserError(`--${flag}: ${JSON.stringify(text)} cannot stand in a job script's directive`, {
      exit: 'usage',
      next: ['use letters, digits and . , : % / @ + - _ [ ]'],
    });
  }
  for (const text of options) {
    if (!/\p{Cc}/u.test(text)) continue;
    throw new UserError(`--option: ${JSON.stringify(text)} is more than one line`, { exit: 'usage' });
  }
}

function refuse(wish: JobWish, system: string, keys: readonly ('memory' | 'array')[]): void {
  for (const key of keys) {
    if (wish[key] === undefined) continue;
    throw new UserError(`${system} jobs have no --${key}`, { exit: 'usage', next: ['leave it out'] });
  }
}
