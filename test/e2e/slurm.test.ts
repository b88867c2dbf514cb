/**
 * Batch jobs of a real Slurm whose domains run on the embedded host: what a job was given, how it ends, and that no domain is
 * left whatever happens to it.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { guestFolder, lwdEnding, lwdJson } from './lwd.js';
import { type BegunJobs, beginJobs, endTests } from './slurm-ends.js';
import { faultTests } from './slurm-faults.js';
import { type Domain, domainsOf, image, shell, srun, timeout, told, up } from './slurm-jobs.js';
import { lwdCommand, SlurmLab } from './slurm-lab.js';
import { rankTests } from './slurm-ranks.js';
import { userTests } from './slurm-user.js';

const status = join(guestFolder('status'), '.lwd/build/status');
let lab: SlurmLab;
let begun: BegunJobs;
let mixed: string;

beforeAll(async () => {
  for (const guest of ['job', 'pmi', 'status']) await lwdEnding(0, ['build'], { cwd: guestFolder(guest), timeout });
  lab = await SlurmLab.start(inject('runtimeDirectory'));
  const parts = [`0 ${up} -- 5`, `1 ${lwdCommand} up '${status}' --memory 16M -- 6`];
  writeFileSync(join(lab.folder, 'parts.conf'), `${parts.join('\n')}\n`.replaceAll("'", ''));
  mixed = await lab.submit('mixed', 'exec srun --multi-prog parts.conf', ['-n2', '--mem-per-cpu=20']);
  begun = await beginJobs(lab);
}, 2 * timeout);

afterAll(() => lab?.stop(), 2 * timeout);

test('a status comes back through srun, a crash as a signal, and that of the job script through sbatch --wait', async () => {
  const steps = ['0', '42', 'crash'].map((how) => `${srun('', how)}; echo "status $?"`);
  const flags = ['--parsable', '--wait', '--mem=20', '--output=statuses.out'];
  const accounts = join(lab.folder, 'accounts-%j');
  const script = [`export LWD_ACCOUNTING='${accounts}'`, ...steps, `exec ${up} -- 7`].join('\n');
  const ended = await lab.run('sbatch', [...flags, '--wrap', script]);
  const job = ended.stdout.trim();
  const written = readFileSync(join(lab.folder, 'statuses.out'), 'utf8');
  expect(ended.status, written).toBe(7);
  expect(written.match(/^status .*$/gm)).toEqual(['status 0', 'status 42', 'status 139']);
  expect(written.match(/^memory 17 MiB$/gm)).toHaveLength(4);
  const place = `on xen\\d: CPUs [01] \\(its [01]\\), 17 MiB of 20, no time limit$`;
  for (const [step, what] of [
    'step 0, task 0 of 1',
    'step 1, task 0 of 1',
    'step 2, task 0 of 1',
    'batch step',
  ].entries()) {
    const name = `lwd-${job}-${step === 3 ? 'batch' : step}-0`;
    expect(written).toMatch(new RegExp(`^${name}: Slurm job ${job}, ${what} ${place}`, 'm'));
    expect(written).toMatch(new RegExp(`^${name}: \\S+ after \\d+\\.\\d s, \\d+\\.\\d s of CPU time, 17 MiB$`, 'm'));
  }
  const kept = readFileSync(accounts.replace('%j', job), 'utf8').trimEnd().split('\n');
  const told = kept.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(told.map(({ name, status, state, memoryMiB }) => [name, status, state, memoryMiB])).toEqual([
    [`lwd-${job}-0-0`, 0, 'exited(0)', 17],
    [`lwd-${job}-1-0`, 42, 'exited(42)', 17],
    [`lwd-${job}-2-0`, 139, 'crashed(SIGSEGV)', 17],
    [`lwd-${job}-batch-0`, 7, 'exited(7)', 17],
  ]);
});

test('lwd batch: two nodes with two tasks each, every task with its own share', async () => {
  const out = join(lab.folder, 'batch.out');
  const flags = ['-N', '2', '-n', '4', '--memory', '40', '--output', out, '--option=--ntasks-per-node=2'];
  const ended = await shell(
    lab,
    `${lwdCommand} batch '${image}' ${flags.join(' ')} --option=--gres=xendom:2 --wait -- 3`,
  );
  expect(ended.status, ended.stderr).toBe(3);
  const written = readFileSync(out, 'utf8');
  expect(written.match(/^memory 17 MiB$/gm)).toHaveLength(4);
  const tasks = told(written);
  expect(tasks.map(({ rank }) => rank)).toEqual(['0', '1', '2', '3']);
  expect(new Set(tasks.map(({ node, core }) => `${node} ${core}`)).size).toBe(4);
  // As the map says; see slurm-lab.ts.
  for (const { node, cpu, core } of tasks) expect(Number(cpu)).toBe(node === 'xen1' ? 1 - Number(core) : Number(core));
  expect(await domainsOf(ended.stdout.trim())).toEqual([]);
});

test('shells stand in for steps of their job, with its lease, and go with it', async () => {
  const step = `${up} --memory 8M --pool-size 1 --json -- 3 | grep '"claimed"'`;
  const wait = `until ${lwdCommand} ps | grep -q ' shell '; do sleep 0.3; done`;
  const job = await lab.submit('shells', `${step}\n${wait}\n${step}`, ['--mem=30']);
  expect(await lab.ended(job)).toBe('COMPLETED');
  expect(lab.written('shells').match(/"claimed": \w+/g)).toEqual(['"claimed": false', '"claimed": true']);
  const { domains } = (await lwdJson(['ps'])) as { domains: { name: string }[] };
  expect(domains.filter(({ name }) => name.startsWith('lwd-shell-'))).toEqual([]);
});

test('more than the allocation is refused, with what is allowed', async () => {
  const pmix = `PMIX_RANK=0 PMIX_NAMESPACE=slurm.pmix.1.0 ${up} --pmi`;
  const script = [`${up} --memory 64M`, `${up} --vcpus 2`, `${up} --cpus 0-1`, `${up} --timeout 1h`, pmix];
  const job = await lab.submit('greedy', script.map((line) => `${line}; echo "status $?"`).join('\n'), [
    ...['--mem=20', '-t', '2'],
  ]);
  expect(await lab.ended(job)).toBe('COMPLETED');
  const written = lab.written('greedy');
  expect(written.match(/^status 78$/gm)).toHaveLength(4);
  expect(written).toMatch(/PMIx, which lwd cannot hand through\n.*srun --mpi=pmi2 lwd up …\n.*\nstatus 64$/m);
  for (const allowed of ['--memory 17M', '--vcpus 1', '--cpus ', '--timeout 1']) {
    expect(written).toContain(`next: allowed: ${allowed}`);
  }
});

test('a program of its own for each task', async () => {
  await lab.ended(mixed);
  expect(await lab.field(mixed, 'ExitCode')).toBe('6:0');
  const written = lab.written('mixed');
  expect(written).toContain('status 6 by return');
  expect(written).toContain('memory 17 MiB');
  for (const rank of [0, 1])
    expect(written).toMatch(new RegExp(`^lwd-${mixed}-0-${rank}: .* task ${rank} of 2 on `, 'm'));
});

test('an array of three, each a job of its own', async () => {
  const job = await lab.submit('array', srun('', '$SLURM_ARRAY_TASK_ID'), ['--mem=20', '--array=0-2']);
  for (const index of ['0', '1', '2']) {
    await lab.ended(`${job}_${index}`);
    expect(await lab.field(`${job}_${index}`, 'ExitCode')).toBe(`${index}:0`);
    expect(lab.written('array', index)).toMatch(new RegExp(`^lwd-\\d+_${index}-0-0: Slurm job`, 'm'));
  }
});

test('srun --container starts a domain, by the oci.conf that was written, and tells it its place', async () => {
  const bundle = join(lab.folder, 'bundle');
  mkdirSync(join(bundle, 'rootfs'), { recursive: true });
  writeFileSync(join(bundle, 'rootfs/app'), readFileSync(image), { mode: 0o755 });
  const annotations = { 'org.lwd.ip': '10.9.0.10-10.9.0.99/16' };
  const config = { ociVersion: '1.0.2', root: { path: 'rootfs' }, annotations };
  writeFileSync(join(bundle, 'config.json'), JSON.stringify(config));
  const ended = await shell(lab, `srun --mem=80 --container='${bundle}' /app 5`);
  expect(ended.status, ended.stderr).toBe(5);
  expect(ended.stdout).toContain('rank 0 of 1: 10.9.0.10\n');
  rmSync(bundle, { recursive: true });
});

rankTests(() => lab);
endTests(
  () => lab,
  () => begun,
);
userTests(() => lab);
faultTests(() => lab, image);

// Last, when no other job's domain is on one of the host's two CPUs.
test('steps at the same time do not have the same CPU, and each is told of a signal', async () => {
  const step = srun('--exact -n1 --mem=20', 'stay');
  const job = await lab.submit('steps', `${step} &\n${step} &\nwait`, ['-N1', '-n2', '--mem=40']);
  await lab.until('both stay', async () => lab.written('steps').match(/^staying$/gm)?.length === 2);
  const found = (await lwdJson(['ps', '--selector', `job=${job}`])) as { domains: Domain[] };
  expect(found.domains.map(({ name }) => name).sort()).toEqual([`lwd-${job}-0-0`, `lwd-${job}-1-0`]);
  expect(found.domains.map(({ vcpus }) => vcpus[0]?.hard).sort()).toEqual(['0', '1']);
  // Without --signal srun is sent SIGTERM too, and then kills its tasks at once.
  await lab.run('scancel', ['--signal=TERM', job]);
  expect(await lab.ended(job)).toBe('COMPLETED');
  expect(await domainsOf(job)).toEqual([]);
  expect(lab.written('steps').match(/^told 15$/gm)).toHaveLength(2);
});
