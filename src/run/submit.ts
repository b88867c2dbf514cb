/** Hands a job script to its batch system. */
import { ToolError, UserError } from '../errors.js';
import type { Submitted } from '../report/batch.js';
import { exec, orThrow } from '../sys/exec.js';

/** Milliseconds in which a batch system takes a job. */
const patience = 120_000;

/**
 * With `wait` it stays until the job has ended; what the program said before is the job's number, and without one there is no
 * job. Interrupted, it rejects with the signal's reason, and `onLeft` is told of a job that goes on. Throws ToolError if it was
 * not taken.
 */
export async function submit(
  command: readonly [string, ...string[]],
  script: string,
  wait: boolean,
  signal: AbortSignal,
  onLeft: (job: string) => void,
): Promise<Submitted> {
  const result = await exec(command, { input: script, timeout: wait ? 0 : patience, signal });
  if (result.startError === 'ENOENT') {
    throw new UserError(`there is no ${command[0]} here to submit the job with`, {
      exit: 'toolFailed',
      next: [
        'call it where jobs are submitted, or name another batch system: --scheduler slurm, flux or pbs',
        'show the job script alone: --dry-run',
      ],
    });
  }
  // "4", "4;cluster", "ƒ2Xz9", "123[].server": the first word that the program prints.
  const job = /^[^\s;]+/.exec(result.stdout)?.[0];
  if (signal.aborted && job !== undefined) onLeft(job);
  signal.throwIfAborted();
  if (job === undefined || (!wait && result.exitCode !== 0)) orThrow(result, 'submitting the job');
  if (job === undefined || result.exitCode === undefined) {
    throw new ToolError(`${command[0]} did not say what became of the job`, {
      command,
      stderrTail: result.stderr.trim(),
    });
  }
  return { job, status: result.exitCode };
}
