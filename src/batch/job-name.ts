/** Names of domains that belong to jobs, and how a job's domains are known again. Pure. */
import type { Allocation, BatchSystem } from './allocation.js';
import { parsePbsJob } from './pbs.js';

/** What a domain's record keeps of its job. */
export interface BatchRecord {
  system: BatchSystem;
  job: string;
  step: string;
  rank: number;
  restart: number;
  /** See Allocation. */
  component?: string | undefined;
  /** "3_1": the task with index 1 of job array 3. */
  array?: string | undefined;
}

export function batchRecord(allocation: Allocation): BatchRecord {
  const { system, job, step, rank, restart, component, array } = allocation;
  return { system, job, step, rank, restart, ...given({ component, array }) };
}

/** From a record in xenstore; undefined if it is none. */
export function parseBatchRecord(value: unknown): BatchRecord | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { system, job, step, rank, restart, component, array } = value as Record<string, unknown>;
  if (system !== 'slurm' && system !== 'flux' && system !== 'pbs') return undefined;
  if (typeof job !== 'string' || typeof step !== 'string') return undefined;
  if (typeof rank !== 'number' || typeof restart !== 'number') return undefined;
  return { system, job, step, rank, restart, ...given({ component: text(component), array: text(array) }) };
}

/** In dom0's journal: whose job a domain is of, so that it is found before there is one. No blanks. */
export function jobMark(batch: BatchRecord | undefined): string {
  return batch === undefined ? '-' : `=${Buffer.from(JSON.stringify(batch)).toString('base64url')}`;
}

/** undefined if it is none. */
export function parseJobMark(mark: string): BatchRecord | undefined {
  try {
    return parseBatchRecord(JSON.parse(Buffer.from(mark.slice(1), 'base64url').toString()));
  } catch {
    return undefined;
  }
}

/**
 * For dom0's scripts: the mark, which run of the job it is, and the names that `lwd reap` may be told of it
 * (src/xl/life/makers.ts); "-" of no job.
 */
export function jobWords(batch: BatchRecord | undefined): string {
  if (batch === undefined) return jobMark(batch);
  const { restart, job, component, array } = batch;
  return [jobMark(batch), restart, job, component, array].filter((word) => word !== undefined).join(' ');
}

/** The name that a selection goes by there; undefined if it is none that a job can have. */
export function overName({ job }: JobSelection): string | undefined {
  const name = normalJob(job);
  return /^[A-Za-z0-9][A-Za-z0-9._]{0,63}$/.test(name) ? name : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function given<Fields extends Record<string, string | undefined>>(fields: Fields): Partial<Fields> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<Fields>;
}

/** lwd-JOB[_INDEX]-STEP-RANK[-rRESTART] */
export function jobName({ job, step, rank, restart, array }: BatchRecord): string {
  const index = array === undefined ? '' : array.slice(array.lastIndexOf('_'));
  return `lwd-${job}${index}-${step}-${rank}${restart === 0 ? '' : `-r${restart}`}`;
}

/** What jobName made, and what is appended for one of several: all but the system and the array's own number. */
export function parseJobName(name: string): { job: string; step: string; rank: number; restart: number } | undefined {
  const match = /^lwd-([A-Za-z0-9.]+)(?:_\d+)?-(\d+|batch|interactive)-(\d+)(?:-r(\d+))?(?:-[\w.-]+)?$/.exec(name);
  if (match === null) return undefined;
  const [, job = '', step = '', rank, restart = '0'] = match;
  return { job, step, rank: Number(rank), restart: Number(restart) };
}

/** Which of a job's domains are meant. */
export interface JobSelection {
  /** Its number, or a component's; of an array task also "ARRAY_INDEX", or as PBS writes it "ARRAY[INDEX].SERVER". */
  job: string;
  step?: string | undefined;
  /** Only those of runs before this one. */
  restartsBefore?: number | undefined;
}

/**
 * Whether a domain is one of them: by its record, or, if its creation was broken off before there was one, by its name.
 */
export function belongsTo(selection: JobSelection, name: string, record: BatchRecord | undefined): boolean {
  const { step, restartsBefore } = selection;
  const known = record ?? parseJobName(name);
  if (known === undefined) return false;
  const wanted = normalJob(selection.job);
  if (![known.job, record?.component, record?.array].includes(wanted)) return false;
  if (step !== undefined && known.step !== step) return false;
  return restartsBefore === undefined || known.restart < restartsBefore;
}

function normalJob(text: string): string {
  const pbs = /^(\d{1,10})\[(\d{1,10})\]/.exec(text);
  if (pbs !== null) return `${pbs[1]}_${pbs[2]}`;
  return parsePbsJob(text)?.number ?? text.replace(/^ƒ/, 'f');
}
