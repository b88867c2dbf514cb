/**
 * Containers that are domains, by the calls that Slurm makes (`run` in the foreground, `state` and `delete --force` beside it,
 * SIGTERM straight to `run`) and by those of other callers (`create`, `start`, `kill`, `delete`).
 */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dom0, guestFolder, lwd, lwdEnding, lwdJson, startLwd, xenDomains } from './lwd.js';

let folder: string;
let root: string[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lwd-oci-'));
  root = ['--root', join(folder, 'containers')];
  await lwdEnding(0, ['build'], { cwd: guestFolder('bundle') });
  mkdirSync(join(folder, 'rootfs/etc'), { recursive: true });
  mkdirSync(join(folder, 'data'));
  cpSync(guestFolder('bundle/.lwd/build/bundle'), join(folder, 'rootfs/app'));
  writeFileSync(join(folder, 'rootfs/etc/greeting'), 'good day\n');
  writeFileSync(join(folder, 'data/given'), 'given\n');
});

afterAll(async () => {
  for (const id of ['xen0.u.7.0.0', 'made', 'killed', 'refused']) await lwd(['oci', 'delete', '--force', id, ...root]);
  rmSync(folder, { recursive: true, force: true });
});

/** A bundle as Slurm writes it into its spool folder: the root file system stays where the user has it. */
function bundle(name: string, args: string[], more: object = {}): string {
  const path = join(folder, name);
  const config = {
    ociVersion: '1.0.2',
    process: { terminal: false, args, env: ['PATH=/usr/bin:/', 'SLURM_JOB_ID=7', 'BASH_FUNC_x%%=() { :; }'], cwd: '/' },
    root: { path: join(folder, 'rootfs') },
    mounts: [{ destination: '/proc', type: 'proc', source: 'proc' }],
    ...more,
  };
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, 'config.json'), JSON.stringify(config));
  return path;
}

/** What a task of Slurm's has in its environment, and what a site may say besides: which CPU it was given. */
function job(memory: string): Record<string, string> {
  const names = { SLURM_JOB_ID: '7', SLURM_STEP_ID: '0', SLURM_STEP_NUM_TASKS: '1', SLURM_STEP_TASKS_PER_NODE: '1' };
  return { ...names, SLURMD_NODENAME: 'xen0', SLURM_PROCID: '0', SLURM_MEM_PER_NODE: memory, LWD_BATCH_CORES: '1' };
}

async function state(id: string): Promise<unknown> {
  return JSON.parse((await lwdEnding(0, ['oci', 'state', id, ...root])).stdout);
}

test('as Slurm calls it: run, state, and delete --force of what has gone', async () => {
  const id = 'xen0.u.7.0.0';
  const mounts = [
    { destination: '/data', type: 'none', source: join(folder, 'data'), options: ['bind'] },
    { destination: '/dev/shm', type: 'tmpfs', source: 'shm' },
  ];
  const linux = { resources: { memory: { limit: 48 * 2 ** 20 } }, namespaces: [{ type: 'pid' }] };
  const path = bundle('slurm', ['app', '5', 'wait', 'b c'], { mounts, linux, annotations: { note: 'x' } });
  const run = startLwd(['oci', 'run', id, path, ...root], { env: job('300') });
  await run.printed('waiting\n');
  expect(await dom0('xl', 'vcpu-list', `oci-${id}`)).toMatch(/ 1 \/ all/);
  expect(await state(id)).toEqual({
    ...{ ociVersion: '1.0.2', id, status: 'running', pid: run.process.pid, bundle: path, annotations: { note: 'x' } },
  });
  expect(await dom0('xl', 'list', `oci-${id}`)).toMatch(/ 48 +1 /);
  expect((await lwdEnding(73, ['oci', 'run', id, path, ...root])).stderr).toContain('already');
  await lwdEnding(0, ['oci', 'kill', id, '15', ...root]);
  const { status, stdout } = await run.ended;
  expect(status).toBe(5);
  const shown = ['arg app', 'arg 5', 'arg wait', 'arg b c', 'job 7', '/etc/greeting: good day', '/data/given: given'];
  expect(stdout).toBe(`${[...shown, 'waiting', 'signal 15'].join('\n')}\n`);
  expect(readFileSync(join(folder, 'data/left'), 'utf8')).toBe('left behind\n');
  await lwdEnding(127, ['oci', 'state', id, ...root]);
  await lwdEnding(0, ['oci', 'delete', '--force', id, ...root]);
  expect(await xenDomains()).toEqual([]);
});

test('as scancel does it: SIGTERM to run', async () => {
  const run = startLwd(['oci', 'run', 'killed', bundle('term', ['/app', '6', 'wait']), ...root]);
  await run.printed('waiting\n');
  run.signal('SIGTERM');
  // The program's own, as it handles the signal.
  expect((await run.ended).status).toBe(6);
  await lwdEnding(0, ['oci', 'delete', '--force', 'killed', ...root]);
  expect(await xenDomains()).toEqual([]);
});

test('kill -9 of run loses nothing: the domain runs, is seen, and goes with delete --force', async () => {
  const run = startLwd(['oci', 'run', 'killed', bundle('nine', ['/app', '0', 'wait']), ...root]);
  await run.printed('waiting\n');
  run.signal('SIGKILL');
  await run.ended;
  expect(await state('killed')).toMatchObject({ status: 'running', pid: 0 });
  expect((await lwdEnding(73, ['oci', 'delete', 'killed', ...root])).stderr).toContain('--force');
  await lwdEnding(0, ['oci', 'delete', '--force', 'killed', ...root]);
  expect(await xenDomains()).toEqual([]);
});

test('as other callers do it: create, start, kill, delete', async () => {
  const path = bundle('made', ['/app', '3', 'wait'], { annotations: { 'org.lwd.memory': '16M' } });
  const pidFile = join(folder, 'pid');
  const create = startLwd(['oci', ...root, 'create', '--bundle', path, '--pid-file', pidFile, 'made']);
  // Its stdout lives on: it is the container's.
  expect(await new Promise((resolve) => create.process.on('exit', resolve))).toBe(0);
  const pid = Number(readFileSync(pidFile, 'utf8'));
  expect(await state('made')).toMatchObject({ status: 'created', pid });
  expect(await dom0('xl', 'list', 'oci-made')).toMatch(/ 16 +1 +[r-][b-]p--- /);
  await lwdEnding(0, ['oci', 'start', 'made', ...root]);
  expect(await state('made')).toMatchObject({ status: 'running', pid });
  await lwdEnding(73, ['oci', 'start', 'made', ...root]);
  await create.printed('waiting\n');
  await lwdEnding(64, ['oci', 'kill', 'made', 'STOP', ...root]);
  await lwdEnding(0, ['oci', 'kill', 'made', 'KILL', ...root]);
  await create.ended;
  await expect.poll(() => state('made'), { timeout: 60_000 }).toMatchObject({ status: 'stopped', pid: 0 });
  await lwdEnding(73, ['oci', 'kill', 'made', 'KILL', ...root]);
  await lwdEnding(0, ['oci', 'delete', 'made', ...root]);
  await lwdEnding(127, ['oci', 'state', 'made', ...root]);
  expect(await xenDomains()).toEqual([]);
  expect(await lwdJson(['copies'])).toMatchObject({ copies: [] });
});

test('what cannot be is refused before anything is made, and told in the log', async () => {
  const log = join(folder, 'log');
  const hooks = { prestart: [{ path: '/bin/true' }] };
  const logged = ['--log', log, '--log-format', 'json'];
  const path = bundle('refused', ['/app'], { hooks });
  const { stderr } = await lwdEnding(73, ['oci', ...root, ...logged, 'create', '--bundle', path, 'refused']);
  expect(stderr).toContain('hooks.prestart');
  expect(JSON.parse(readFileSync(log, 'utf8').trim())).toMatchObject({
    level: 'error',
    msg: expect.stringContaining('hooks'),
  });
  await lwdEnding(127, ['oci', 'state', 'refused', ...root]);
  const limited = bundle('limited', ['/app'], { linux: { resources: { memory: { limit: 48 * 2 ** 20 } } } });
  const beyond = await lwdEnding(78, ['oci', 'run', 'refused', limited, ...root], { env: job('40') });
  expect(beyond.stderr).toContain('more than the 40 of Slurm job 7');
  expect((await lwdEnding(73, ['oci', 'run', 'refused', bundle('none', ['/none']), ...root])).stderr).toContain(
    '/none',
  );
  await lwdEnding(127, ['oci', 'state', 'refused', ...root]);
});
