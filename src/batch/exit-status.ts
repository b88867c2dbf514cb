/** The exit status of lwd's own failures, as a batch system wants to tell them from the application's. Pure. */
import { exitCode } from '../exit-codes.js';
import type { Environment } from './allocation.js';

/** Faults of the host and not of the job: it may go well elsewhere, or later. */
const hostFaults = new Set([exitCode('noHost'), exitCode('noResources'), exitCode('outcomeUnknown')]);

/**
 * In a job every host's fault is one status, which RequeueExit can name. Otherwise LWD_EXIT_ERROR, if it is a status, stands
 * for all of lwd's own failures, so that any other is the application's.
 */
export function failureStatus(code: number, env: Environment): number {
  if (isJob(env) && hostFaults.has(code)) return exitCode('outcomeUnknown');
  const wanted = env.LWD_EXIT_ERROR ?? '';
  return /^\d{1,3}$/.test(wanted) && Number(wanted) <= 255 ? Number(wanted) : code;
}

/** Whether a batch system started this process. The shell of salloc counts as none, as elsewhere. */
function isJob(env: Environment): boolean {
  if (env.LWD_BATCH === 'none') return false;
  return Boolean(env.SLURM_JOB_ID && env.SLURMD_NODENAME) || Boolean(env.FLUX_JOB_ID) || Boolean(env.PBS_JOBID);
}
