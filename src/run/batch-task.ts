/**
 * Finds out what job this lwd is a task of and what it was given: from the environment, from Slurm's own program which cores,
 * from the site's map or the host which of Xen's CPUs those are; and how long and on what terms domains may run there.
 */
import { hostname } from 'node:os';
import type { Allocation } from '../batch/allocation.js';
import { defaultMapFile, hostCpus, mappedCpus, parseCpuMap, topologyOrder } from '../batch/cpu-map.js';
import { findAllocation } from '../batch/detect.js';
import { withNodeFile } from '../batch/pbs.js';
import { taskShare } from '../batch/share.js';
import { killWait, parseJobDetails } from '../batch/slurm.js';
import { ToolError, UserError } from '../errors.js';
import type { Host } from '../host/host.js';
import { localSeconds, wallSeconds } from '../sys/clock.js';
import { exec, orThrow, shieldFromSignals } from '../sys/exec.js';
import { readText } from '../sys/fs.js';
import { parseTopology } from '../xl/facts/topology.js';
import { amongOf, type BatchTask, taskText } from './fit-allocation.js';
import type { RunContext, TimeLimit } from './run-domain.js';

/** What a user said of time; milliseconds. */
export interface AskedTimes {
  limit: TimeLimit | undefined;
  grace: number | undefined;
}

/** What holds for every domain that a command starts. */
export interface JobTerms {
  timeLimit: TimeLimit | undefined;
  /** Milliseconds between asking for the end and enforcing it. */
  grace: number;
  /** Seconds; undefined outside of jobs. */
  lease: number | undefined;
  /** See PlacementFlags. */
  among: readonly number[] | undefined;
}

/**
 * The task is undefined outside of jobs. Inside of one lwd outlives from here on the signals that end a job. Throws UserError or
 * ToolError if there is a job that cannot be understood, or that has less time than was asked for.
 */
export async function enterJob(
  { host, interruption }: RunContext,
  times: AskedTimes,
): Promise<{ task: BatchTask | undefined; terms: JobTerms }> {
  const task = await findBatchTask(host, interruption.signal);
  const grace = times.grace ?? (await graceWithin(task));
  if (task === undefined) return { task, terms: { timeLimit: times.limit, grace, lease: undefined, among: undefined } };
  interruption.bePatient();
  await shieldFromSignals();
  const timeLimit = timeLimitWithin(task, times.limit, grace);
  return { task, terms: { timeLimit, grace, lease: leaseWithin(host), among: amongOf(task) } };
}

async function findBatchTask(host: Host, signal: AbortSignal): Promise<BatchTask | undefined> {
  const found = findAllocation(process.env, hostname().split('.')[0] ?? '');
  if (found === undefined) return undefined;
  const allocation = await withCores(await withNodes(found), signal);
  const share = taskShare(allocation);
  if (share.cores === undefined) return { allocation, share, cpus: undefined, among: [] };
  const order = await cpuOrder(host, allocation.node);
  const own = (cores: readonly number[]) => hostCpus(cores, order, allocation.node);
  return { allocation, share, cpus: own(share.cores), among: own(share.among) };
}

/** PBS tells a task which it is, and by a file where the others are. */
async function withNodes(allocation: Allocation): Promise<Allocation> {
  const file = process.env.PBS_NODEFILE || undefined;
  if (allocation.system !== 'pbs' || file === undefined) return allocation;
  const text = await readText(file).catch(() => undefined);
  return text === undefined ? allocation : withNodeFile(allocation, text);
}

/** One question to Slurm, unless the site has said all that it would answer. */
async function withCores(allocation: Allocation, signal: AbortSignal): Promise<Allocation> {
  const { system, node, component } = allocation;
  const job = component ?? allocation.job;
  if (system !== 'slurm' || allocation.cores !== undefined) return allocation;
  const command = ['scontrol', 'show', 'job', '-d', job] as const;
  const said = await exec([...command], { timeout: 30_000, signal });
  signal.throwIfAborted();
  const unasked = 'set LWD_BATCH_CORES to their numbers (0-2,4), or LWD_BATCH=none';
  if (said.startError !== undefined) {
    throw new UserError(`no scontrol on PATH, which tells the cores of Slurm job ${job}`, {
      next: ['bring it to this node (Debian: slurm-client), or have it on the PATH of jobs', unasked],
    });
  }
  const result = orThrow(said, `asking Slurm for the cores of job ${job}`);
  const details = parseJobDetails(result.stdout, node, job);
  if (details === undefined) {
    throw new ToolError(
      `Slurm does not say which CPUs job ${job} has on ${node}`,
      { command, stderrTail: result.stdout.trim().split('\n').slice(-8).join('\n') },
      { next: [unasked] },
    );
  }
  const end = details.end === undefined ? undefined : localSeconds(details.end);
  return {
    ...allocation,
    cores: details.cores,
    cpus: Math.min(allocation.cpus ?? details.cores.length, details.cores.length),
    memory: details.memory ?? allocation.memory,
    end: allocation.end ?? (Number.isFinite(end) ? end : undefined),
  };
}

async function cpuOrder(host: Host, node: string): Promise<readonly number[]> {
  const named = process.env.LWD_CPU_MAP || undefined;
  const file = named ?? defaultMapFile;
  const text = await readText(file);
  if (text === undefined && named !== undefined) {
    throw new UserError(`LWD_CPU_MAP: there is no file ${named}`, { next: ['correct it, or take it out'] });
  }
  const mapped = text === undefined ? undefined : mappedCpus(parseCpuMap(text, file), node);
  if (mapped !== undefined) return mapped;
  const info = await host.exec(['xl', 'info', '-n'], { timeout: 60_000 });
  return topologyOrder(parseTopology(orThrow(info, 'asking for the CPUs', host.name).stdout).cpus);
}

/** Timers hold no more; a limit beyond is none. */
const longestSeconds = 24 * 86_400;

/** Seconds that are left of the job's time, at least one; undefined if it has no limit. */
export function secondsLeft({ end }: Allocation): number | undefined {
  const left = end === undefined ? Number.POSITIVE_INFINITY : end - wallSeconds();
  return left > longestSeconds ? undefined : Math.max(1, left);
}

/**
 * The flag's limit, else the job's, of which the domain's grace (milliseconds) is kept back, or half of what is left: when the
 * job's time is over, srun is told so too and kills its tasks at once. Throws UserError if the flag's is longer than what is
 * left.
 */
export function timeLimitWithin(task: BatchTask, asked: TimeLimit | undefined, grace: number): TimeLimit | undefined {
  const left = secondsLeft(task.allocation);
  if (left === undefined) return asked;
  if (asked === undefined) {
    const milliseconds = left * 1000 - Math.min(grace, left * 500);
    return { milliseconds, whose: `the time of ${taskText(task.allocation)}` };
  }
  if (asked.milliseconds <= left * 1000) return asked;
  throw new UserError(`${asked.whose} is longer than what ${taskText(task.allocation)} has left`, {
    next: [`allowed: --timeout ${Math.floor(left)}s, or none: lwd then takes what is left`],
  });
}

const defaultGrace = 10_000;

/**
 * Milliseconds between asking a domain to end and enforcing it, if nobody said: in a Slurm job so few that lwd is done before
 * Slurm kills it.
 */
async function graceWithin(task: BatchTask | undefined): Promise<number> {
  if (task?.allocation.system !== 'slurm') return defaultGrace;
  const file = process.env.SLURM_CONF || '/etc/slurm/slurm.conf';
  const wait = killWait(await readText(file).catch(() => undefined));
  return Math.min(defaultGrace, Math.max(1, wait - 5) * 1000);
}

/**
 * A node that its batch system has lost may still run a domain when the job is started again elsewhere: the domain must be gone
 * by then. Slurm gives a node up after SlurmdTimeout (300 s) and starts the job again two minutes later. Seconds.
 */
const jobLease = 60;

/** undefined in virtual time, which has no leases (lease.ts). */
function leaseWithin({ virtualTime }: Pick<Host, 'virtualTime'>): number | undefined {
  return virtualTime ? undefined : jobLease;
}
