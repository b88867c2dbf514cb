/**
 * What a batch system's allocation means for domains: what of their size and place was left open comes from there, and what
 * was not must be within it. Flags win over the allocation, which wins over lwd.yaml. Pure.
 */
import type { Allocation } from '../batch/allocation.js';
import { batchRecord, jobName } from '../batch/job-name.js';
import type { Share } from '../batch/share.js';
import type { DomainSettings } from '../config/model.js';
import { UserError } from '../errors.js';
import { cpuList } from '../xl/facts/topology.js';
import { areApart, type Before, overhead } from '../xl/place/admission.js';
import { peak } from '../xl/place/peak.js';
import { expandCpus } from '../xl/place/placement.js';
import type { KernelFacts } from '../xl/spec/elf.js';
import { autoCpus, type DomainWish, leastMemory } from '../xl/spec/spec.js';
import type { MemberFlags } from './members.js';

/** A task of a job, with what it was given of this host. */
export interface BatchTask {
  allocation: Allocation;
  share: Share;
  /** The share's CPUs by Xen's numbers; undefined if the batch system does not say which. */
  cpus: readonly number[] | undefined;
  /** Those of the job, if other steps of it may have some of them; see Share. */
  among: readonly number[];
}

const MiB = 2 ** 20;
const systems = { slurm: 'Slurm', flux: 'Flux', pbs: 'PBS' } as const;

/** "Slurm job 4, step 0, task 1 of 3 on xen0" */
export function taskText({ system, job, step, rank, tasks, node, restart }: Allocation): string {
  const again = restart === 0 ? '' : `, restart ${restart}`;
  const part = /^\d+$/.test(step) ? `step ${step}, task ${rank} of ${tasks}` : `${step} step`;
  return `${systems[system]} job ${job}${again}, ${part} on ${node}`;
}

/** How many domains a command makes, and how many shells it keeps ready of each sort (shell.ts), which cost as much. */
export interface Quantity {
  domains: number;
  shells: number;
}

/** The flags, with the allocation's words where there were none. Several domains get equal parts, and so do their shells. */
export function fitFlags<Flags extends MemberFlags>(
  task: BatchTask,
  flags: Flags,
  kernel: KernelFacts,
  { domains, shells }: Quantity = { domains: flags.count ?? 1, shells: 0 },
): Flags {
  const { share } = task;
  // Each of them is pinned to CPUs of its own, where the task's are known, and so is a sort of its own.
  const parts = domains + shells * (task.cpus === undefined ? 1 : domains);
  const most = share.memory === undefined ? undefined : largestMemory(Math.floor(share.memory / parts));
  if (most !== undefined && most < leastMemory && flags.memory === undefined) {
    throw tooLittle(task, parts);
  }
  // lwd's own kernel computes on one; more would only lie idle.
  const cpus = kernel.guestOs === 'lwd' || share.count === undefined ? undefined : Math.floor(share.count / domains);
  return {
    ...flags,
    name: flags.name ?? jobName(batchRecord(task.allocation)),
    vcpus: flags.vcpus ?? (cpus === undefined ? undefined : Math.max(1, cpus)),
    memory: flags.memory ?? (most === undefined ? undefined : `${most}M`),
  };
}

function tooLittle({ share, allocation }: BatchTask, domains: number): UserError {
  const least = cost(leastMemory);
  const each = domains === 1 ? 'a domain' : `each of ${domains} domains`;
  return new UserError(
    `${share.memory} MiB of ${taskText(allocation)} are too little: ${each} costs ${least} at least`,
    {
      next: [`ask the batch system for more (Slurm: --mem): ${least * domains * allocation.localTasks} MiB on a node`],
    },
  );
}

/**
 * The share's CPUs, dealt out one for each vCPU, unless a flag said where to run. Which of the job's other steps have is found
 * out when the host is looked at (PlacementFlags.among). Those that are never there together may have the same.
 */
export function withCpus(
  task: BatchTask,
  wishes: readonly DomainWish[],
  flag: string | undefined,
  before?: Before,
): DomainWish[] {
  const { cpus, among } = task;
  if (cpus === undefined || (flag !== undefined && flag !== autoCpus)) return [...wishes];
  if (among.length > 0) return wishes.map((wish) => ({ ...wish, settings: { ...wish.settings, cpus: autoCpus } }));
  const dealt: { name: string; own: number[] }[] = [];
  return wishes.map((wish) => {
    const taken = new Set(dealt.filter(({ name }) => !areApart(before, name, wish.name)).flatMap(({ own }) => own));
    const own = cpus.filter((cpu) => !taken.has(cpu)).slice(0, wish.settings.vcpus);
    dealt.push({ name: wish.name, own });
    // With too few for all it is refused below; what it is refused for must not be an empty list.
    return { ...wish, settings: { ...wish.settings, cpus: cpuList(own.length === 0 ? cpus : own) } };
  });
}

/** For PlacementFlags: of which CPUs to choose where withCpus left that open. */
export function amongOf({ among }: BatchTask): readonly number[] | undefined {
  return among.length > 0 ? among : undefined;
}

/** The MiB that a domain can have if it may cost so many with what Xen takes for it. */
export function largestMemory(mebibytes: number): number {
  // What Xen takes grows with it, so this is too little, by a few at the most.
  let most = Math.max(0, 2 * mebibytes - cost(mebibytes));
  while (cost(most + 1) <= mebibytes) most += 1;
  return most;
}

function cost(mebibytes: number): number {
  return mebibytes + overhead({ name: '', memory: mebibytes, maxmem: mebibytes });
}

/**
 * Throws UserError, with what is allowed, if domains that run at once, and so many shells of each sort, would exceed the task's
 * share.
 */
export function checkWithin(
  task: BatchTask,
  wishes: readonly DomainWish[],
  { shells = 0, before = () => false }: { shells?: number; before?: Before } = {},
): void {
  const { share, allocation } = task;
  const who = taskText(allocation);
  const atOnce = (weights: readonly number[]) =>
    peak(weights, (first, second) => before(wishes[first]?.name ?? '', wishes[second]?.name ?? ''));
  const vcpus = atOnce(wishes.map(({ settings }) => settings.vcpus));
  if (share.count !== undefined && vcpus > share.count) {
    const each = Math.floor(share.count / wishes.length);
    throw new UserError(`${vcpus} vCPUs are more than the ${cpuCount(share.count)} of ${who}`, {
      next: [
        each === 0 ? `allowed: --count ${share.count}` : `allowed: --vcpus ${each}`,
        'or ask the batch system for more (Slurm: --cpus-per-task)',
      ],
    });
  }
  for (const wish of wishes) checkCpus(wish, task, who);
  const sorts = [...new Map(wishes.map(({ settings }) => [JSON.stringify(settings), settings])).values()];
  const costs = (settings: DomainSettings) => cost(settings.maxmem / MiB);
  const needed = atOnce(wishes.map(({ settings }) => costs(settings))) + shells * sum(sorts.map(costs));
  if (share.memory === undefined || needed <= share.memory) return;
  const most = largestMemory(Math.floor(share.memory / (wishes.length + shells * sorts.length)));
  throw new UserError(`${needed} MiB (with what Xen takes for a domain) are more than the ${share.memory} of ${who}`, {
    next: [
      `allowed: --memory ${most}M, and no more than that as maxmem in lwd.yaml`,
      ...(shells === 0 ? [] : ['or keep fewer shells: --pool-size']),
      'or ask the batch system for more (Slurm: --mem)',
    ],
  });
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}

function checkCpus({ settings }: DomainWish, { cpus: own, among }: BatchTask, who: string): void {
  const isLeft = among.length > 0 && settings.cpus === autoCpus;
  if (own === undefined || settings.cpus === undefined || isLeft) return;
  const cpus = among.length > 0 ? among : own;
  const wanted = expandCpus(settings.cpus);
  if (wanted instanceof Set && [...wanted].every((cpu) => cpus.includes(cpu))) return;
  throw new UserError(`CPUs ${settings.cpus} are not among those of ${who}`, {
    next: [`allowed: --cpus ${cpuList(cpus)} or a part of it, by number`, 'or leave --cpus out: lwd takes them'],
  });
}

/** Throws UserError for flags that would have lwd choose CPUs by itself. */
export function checkPlacementFlags(
  task: BatchTask,
  flags: { numa?: number | undefined; pool?: string | undefined },
): void {
  const flag = flags.numa !== undefined ? '--numa' : flags.pool === 'exclusive' ? '--pool exclusive' : undefined;
  if (flag === undefined || task.cpus === undefined) return;
  throw new UserError(`${flag} would choose CPUs, and ${taskText(task.allocation)} was given its own`, {
    next: [`leave ${flag} out: the domain gets CPUs ${cpuList(task.cpus)}`],
  });
}

/** For people: what was taken from the allocation. `seconds` are left of its time. */
export function fitText(task: BatchTask, wishes: readonly DomainWish[], seconds: number | undefined): string {
  const { share, cpus, among, allocation } = task;
  const numbers = share.cores === undefined ? '' : ` (its ${cpuList(share.cores)})`;
  const own = cpus === undefined ? 'CPUs not told' : `CPUs ${cpuList(cpus)}${numbers}`;
  const where = among.length > 0 ? `${share.count} of CPUs ${cpuList(among)}` : own;
  const sizes = [...new Set(wishes.map(({ settings }) => `${settings.memory / MiB} MiB`))].join(', ');
  const memory = share.memory === undefined ? sizes : `${sizes} of ${share.memory}`;
  const time = seconds === undefined ? 'no time limit' : `${Math.floor(seconds)} s left`;
  return `${taskText(allocation)}: ${where}, ${memory}, ${time}`;
}

function cpuCount(count: number): string {
  return count === 1 ? '1 CPU' : `${count} CPUs`;
}
