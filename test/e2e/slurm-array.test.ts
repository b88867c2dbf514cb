/**
 * A large job array of a real Slurm, `npm run array`: each task a job of its own with a domain of its own, some at a time. How
 * many LWD_TEST_ARRAY says; without it there is none, since it takes minutes.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { dom0, guestFolder, lwdEnding, lwdJson, root } from './lwd.js';
import { lwdCommand, SlurmLab } from './slurm-lab.js';

const tasks = Number(process.env.LWD_TEST_ARRAY ?? 0);
/** So many at a time: what the batch system is told, for the host's sake. */
const atOnce = Number(process.env.LWD_TEST_AT_ONCE ?? 8);
const timeout = 60 * 60_000;
const image = join(guestFolder('status'), '.lwd/build/status');
let lab: SlurmLab;

async function counted(): Promise<string[]> {
  const script = readFileSync(join(root, 'scripts/leaks.sh'), 'utf8');
  // Memory is Xen's own affair by a MiB.
  return (await dom0('sh', '-c', script))
    .trim()
    .split('\n')
    .filter((line) => !line.startsWith('free_memory'));
}

/** Lines "INDEX STATE EXIT" of tasks that are over. */
async function ended(job: string): Promise<Map<number, string>> {
  const { stdout } = await lab.run('scontrol', ['show', 'job', '--oneliner', job]);
  const over = [
    ...stdout.matchAll(
      /ArrayTaskId=(\d+) .*?JobState=(COMPLETED|FAILED|CANCELLED|TIMEOUT|NODE_FAIL)\b.*? ExitCode=(\S+)/g,
    ),
  ];
  return new Map(over.map(([, index, state, exit]) => [Number(index), `${state} ${exit}`]));
}

beforeAll(async () => {
  if (tasks === 0) return;
  await lwdEnding(0, ['build'], { cwd: guestFolder('status') });
  lab = await SlurmLab.start(inject('runtimeDirectory'));
  // What is kept once is there after this.
  const first = await lab.submit('first', `srun ${lwdCommand} up '${image}' -- 0`, ['--mem=10']);
  await lab.ended(first);
}, timeout);

afterAll(() => lab?.stop(), timeout);

test.skipIf(tasks === 0)(`an array of ${tasks}, ${atOnce} at a time`, { timeout }, async () => {
  const before = await counted();
  const script = `srun ${lwdCommand} up '${image}' -- $((SLURM_ARRAY_TASK_ID % 100))`;
  const array = `--array=0-${tasks - 1}%${atOnce}`;
  const began = performance.now();
  const job = await lab.submit('array', script, ['--mem=10', '-n1', array]);
  let most = 0;
  const look = async () => {
    const { domains } = (await lwdJson(['ps'])) as { domains: unknown[] };
    most = Math.max(most, domains.length);
    return (await ended(job)).size;
  };
  await expect.poll(look, { timeout, interval: 2000 }).toBe(tasks);
  const seconds = (performance.now() - began) / 1000;
  const wrong: string[] = [];
  for (const [index, end] of await ended(job)) {
    const status = index % 100;
    const wanted = status === 0 ? 'COMPLETED 0:0' : `FAILED ${status}:0`;
    const said = lab.written('array', String(index));
    const named = new RegExp(`^lwd-\\d+_${index}-0-0: Slurm job`, 'm').test(said);
    if (end !== wanted || !named) wrong.push(`${index}: ${end}: ${said.trim().split('\n').at(-1)}`);
  }
  process.stderr.write(`array: ${tasks} tasks, at most ${most} domains at once, ${seconds.toFixed(0)} s\n`);
  expect(wrong).toEqual([]);
  await expect.poll(counted, { timeout: 120_000, interval: 1000 }).toEqual(before);
});
