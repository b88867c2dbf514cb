/** Tasks of batch systems that no test can start: lwd runs with their variables, and a domain has what they and the site say. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { dom0, guestFolder, lwdEnding, lwdJson, startLwd } from './lwd.js';

const cwd = guestFolder('job');
const [machine] = hostname().split('.');

beforeAll(async () => {
  await lwdEnding(0, ['build'], { cwd });
});

/** What a site's wrapper says besides. `cores`: of the job, on this node. */
function siteSays(cores: string, memory: number, seconds: number): Record<string, string> {
  const end = String(Math.round(Date.now() / 1000) + seconds);
  return { LWD_BATCH_CORES: cores, LWD_BATCH_MEMORY: String(memory), LWD_BATCH_END: end };
}

test('Flux: name, CPU and memory are of the task, and the status comes back', async () => {
  const task = { FLUX_JOB_ID: 'ƒ2Xz9', FLUX_JOB_NNODES: '2', FLUX_JOB_SIZE: '4', FLUX_TASK_LOCAL_ID: '1' };
  const env = { ...task, FLUX_TASK_RANK: '3', ...siteSays('0-1', 40, 600) };
  const { stdout, stderr } = await lwdEnding(7, ['up', '--', '7'], { cwd, env });
  expect(stdout).toContain('memory 17 MiB\nrank 3 of 4: ');
  const has = `CPUs 1 \\(its 1\\), 17 MiB of 20, \\d+ s left$`;
  expect(stderr).toMatch(new RegExp(`^lwd-f2Xz9-0-3: Flux job f2Xz9, step 0, task 3 of 4 on ${machine}: ${has}`, 'm'));
  expect(stderr).toMatch(/^lwd-f2Xz9-0-3: exited\(7\) after /m);
});

test('PBS: a task has its place by the file of nodes, a lease, and ends with its job', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lwd-pbs-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'nodes'), 'other\nhere\nhere\n');
  const job = { PBS_JOBID: '123.site', PBS_NODEFILE: join(folder, 'nodes') };
  const env = { ...job, PBS_TASKNUM: '4', PBS_VNODENUM: '2', ...siteSays('0-1', 40, 600) };
  const up = startLwd(['up', '--', 'stay', '9'], { cwd, env });
  await up.printed('staying');
  const { domains } = (await lwdJson(['ps', '--selector', 'job=123'])) as {
    domains: { name: string; batch: object; vcpus: { hard: string }[] }[];
  };
  expect(domains).toMatchObject([
    { name: 'lwd-123-0-2', batch: { system: 'pbs', job: '123', rank: 2 }, vcpus: [{ hard: '1' }] },
  ]);
  expect(await dom0('sh', '-c', 'cat /run/lwd/domains/*.lease')).toMatch(/^\d+ 60 \d+$/m);
  up.signal('SIGTERM');
  const { status, stdout } = await up.ended;
  expect({ status, stdout: stdout.split('\n').slice(0, 2) }).toEqual({
    status: 9,
    stdout: ['memory 17 MiB', 'rank 2 of 3: nobody knows where'],
  });
});
