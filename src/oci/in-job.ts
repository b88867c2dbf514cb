/**
 * A container within a job of a batch system: what its config.json leaves open comes from the job, nothing exceeds it, and it is
 * told which of the job's it is, as `lwd up` tells its domains.
 */
import { batchRecord } from '../batch/job-name.js';
import { enterJob, type JobTerms, secondsLeft } from '../run/batch-task.js';
import { checkWithin, fitFlags, fitText, withCpus } from '../run/fit-allocation.js';
import type { RunContext } from '../run/run-domain.js';
import { parseSize } from '../xl/facts/units.js';
import { atPlace, networkAt } from '../xl/spec/ranks.js';
import type { DomainWish } from '../xl/spec/spec.js';
import type { ContainerWish } from './domain-of-config.js';

/**
 * Slurm's step daemon gives the job's variables to the container, in config.json, and starts a runtime without them: that is in
 * the same job. What this process was told itself is stronger.
 */
export function adoptJob(env: Readonly<Record<string, string>>, own: NodeJS.ProcessEnv = process.env): void {
  if (own.SLURM_JOB_ID !== undefined) return;
  for (const [name, value] of Object.entries(env)) {
    if (/^SLURMD?_[A-Z0-9_]+$/.test(name)) own[name] ??= value;
  }
}

export interface ContainerInJob extends JobTerms {
  wish: DomainWish;
}

/** `given`: what config.json says itself. Throws UserError for what exceeds the job. */
export async function withinJob(
  context: RunContext,
  asked: DomainWish,
  given: ContainerWish['given'],
): Promise<ContainerInJob> {
  const { task, terms } = await enterJob(context, { limit: undefined, grace: undefined });
  if (task === undefined) return { wish: { ...asked, network: networkAt(asked.network, alone) }, ...terms };
  const { settings } = asked;
  const open = {
    name: asked.name,
    vcpus: given.vcpus ? settings.vcpus : undefined,
    memory: given.memory ? `${settings.memory / 2 ** 20}M` : undefined,
  };
  const fitted = fitFlags(task, open, asked.kernel, { domains: 1, shells: 0 });
  const memory = fitted.memory === undefined ? settings.memory : parseSize('memory', fitted.memory);
  const maxmem = given.memory ? settings.maxmem : memory;
  const sized = { ...asked, settings: { ...settings, memory, maxmem, vcpus: fitted.vcpus ?? settings.vcpus } };
  const placed = withCpus(task, [sized], given.cpus ? settings.cpus : undefined);
  checkWithin(task, placed);
  const text = fitText(task, placed, secondsLeft(task.allocation));
  context.output.note(`${asked.name}: ${text}`);
  const { rank, tasks } = task.allocation;
  const wish = atPlace(placed[0] ?? sized, { rank, size: tasks });
  return { wish: { ...wish, batch: batchRecord(task.allocation), placement: text }, ...terms };
}

const alone = { rank: 0, size: 1 };
