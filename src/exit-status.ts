/**
 * The one place that says what status lwd ends with for a failure of its own: commands, groups of domains and lost output
 * have it from here. Pure but for the environment, which is read when it is asked.
 */
import { type ExitCodeName, exitCode } from './exit-codes.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** Faults of the host and not of the job: it may go well elsewhere, or later. */
const hostFaults = new Set([exitCode('noHost'), exitCode('noResources'), exitCode('outcomeUnknown')]);

/**
 * In a job every host's fault is one status, which RequeueExit can name. Otherwise LWD_EXIT_ERROR, if it is a status, stands
 * for all of lwd's own failures, so that any other is the application's.
 */
export function failureStatus(code: number, env: Environment = process.env): number {
  if (hostFaults.has(code) && isJob(env)) return exitCode('outcomeUnknown');
  const wanted = env.LWD_EXIT_ERROR ?? '';
  return /^\d{1,3}$/.test(wanted) && Number(wanted) <= 255 ? Number(wanted) : code;
}

/** Of what was the host's doing, whatever its status is elsewhere. */
export function faultStatus(code: number, env: Environment = process.env): number {
  return isJob(env) ? exitCode('outcomeUnknown') : code;
}

/** failureStatus() of one that exit-codes.ts names. */
export function ownStatus(name: ExitCodeName): number {
  return failureStatus(exitCode(name));
}

/** Whether lwd ends with this for a fault of the host's, so that the job is to be run again. */
export function isForRequeue(code: number, env: Environment = process.env): boolean {
  return isJob(env) && code === exitCode('outcomeUnknown');
}

/** Whether a batch system started this process. The shell of salloc counts as none, as elsewhere. */
function isJob(env: Environment): boolean {
  if (env.LWD_BATCH === 'none') return false;
  return Boolean(env.SLURM_JOB_ID && env.SLURMD_NODENAME) || Boolean(env.FLUX_JOB_ID) || Boolean(env.PBS_JOBID);
}
