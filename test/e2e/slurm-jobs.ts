/** What the files of slurm.test.ts have in common: the programs of their jobs, and jobs whose program stays. */
import { join } from 'node:path';
import { expect } from 'vitest';
import { guestFolder, lwdJson } from './lwd.js';
import { lwdCommand, type SlurmLab } from './slurm-lab.js';

/** Of test/guest/job. */
export const image = join(guestFolder('job'), '.lwd/build/job');
export const up = `${lwdCommand} up '${image}'`;
export const srun = (options: string, how: string) => `srun ${options} ${up} -- ${how}`;
/** Milliseconds, for what is made ready: on a busy machine a job takes half a minute. */
export const timeout = 240_000;

/** Runs a line of shell as a user at the cluster's front. */
export const shell = (lab: SlurmLab, line: string) => lab.run('sh', ['-c', line]);

/** Submits a job whose program stays, and waits until it does. */
export async function staying(lab: SlurmLab, name: string, options: readonly string[] = []): Promise<string> {
  const job = await lab.submit(name, `echo "runner $$"\nexec ${up} -- stay`, ['--mem=20', ...options]);
  await lab.until(`${name} stays`, async () => lab.written(name).includes('staying'));
  expect(await domainsOf(job)).toEqual([`lwd-${job}-batch-0`]);
  return job;
}

export interface Domain {
  name: string;
  vcpus: { hard: string }[];
}

export async function domainsOf(job: string): Promise<string[]> {
  const found = (await lwdJson(['ps', '--selector', `job=${job}`])) as { domains: Domain[] };
  return found.domains.map(({ name }) => name);
}

/** What each task said that it has: rank, node, Xen's CPU and Slurm's. Sorted by rank. */
export function told(words: string): { rank: string; node: string; cpu: string; core: string }[] {
  const lines = words.matchAll(/^lwd-\d+-0-(\d): .* task \1 of 4 on (xen\d): CPUs (\d) \(its (\d)\)/gm);
  return [...lines]
    .map(([, rank = '', node = '', cpu = '', core = '']) => ({ rank, node, cpu, core }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1));
}
