/**
 * Batch jobs of a real Slurm whose domains run on the embedded host: what a job was given, how it ends, and that no domain is
 * left whatever happens to it.
 */
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, onTestFailed, test } from 'vitest';
import { ownerOf } from '../../src/xl/domain-record.js';
import { installIn } from './installed.js';
import { guestFolder, lwdEnding, lwdJson, type RunningLwd, runProgram, startLwd } from './lwd.js';
import { faultTests } from './slurm-faults.js';
import { lwdCommand, SlurmLab } from './slurm-lab.js';

const image = join(guestFolder('job'), '.lwd/build/job');
const up = `${lwdCommand} up '${image}'`;
const status = join(guestFolder('status'), '.lwd/build/status');
/** Side, steps, steps between checkpoints. */
const heat = ['256', '500', '50'];
const srun = (options: string, how: string) => `srun ${options} ${up} -- ${how}`;
/** Milliseconds, for what is made ready: on a busy machine a job takes half a minute. */
const timeout = 240_000;
let lab: SlurmLab;
/**
 * Submitted first, since Slurm takes its time: between the two runs of the one, and to see that the time of the other is over.
 */
let requeued: string;
let late: string;
let plate: string;
/** It has been told to end before it is done. */
let warned: Promise<unknown>;
let mixed: string;

beforeAll(async () => {
  await lwdEnding(0, ['build'], { cwd: guestFolder('job'), timeout });
  await lwdEnding(0, ['build'], { cwd: guestFolder('pmi'), timeout });
  await lwdEnding(0, ['build'], { cwd: guestFolder('status'), timeout });
  lab = await SlurmLab.start(inject('runtimeDirectory'));
  // The first time there is no host: a fault of the host's, for which Slurm is told to run the job again. The second time the
  // program is warned of the end of its time, and says itself that it is to be run again. Slurm looks each half minute.
  const turns = [
    `'') export LWD_HOST=ssh://127.0.0.1:1; exec ${srun('', '3')} ;;`,
    `1) exec ${up} -- stay 75 ;;`,
    `*) trap '' USR1; exec ${srun('', '3')} ;;`,
  ];
  const early = ['-t', '2', '--signal=B:USR1@110', '--open-mode=append'];
  requeued = await lab.submit('requeued', ['case $SLURM_RESTART_COUNT in', ...turns, 'esac'].join('\n'), [
    ...['--mem=20', ...early],
  ]);
  await lwdEnding(0, ['init', join(lab.folder, 'plate'), '--template', 'checkpoint']);
  await lwdEnding(0, ['build'], { cwd: join(lab.folder, 'plate'), timeout });
  plate = await lab.submit('plate', `cd plate\nexec ${lwdCommand} up -- ${heat.join(' ')}`, [
    ...['--mem=80', '--requeue', '--open-mode=append'],
  ]);
  // To whom --signal=B: has it sent.
  warned = lab
    .until('there is a checkpoint', async () => lab.written('plate').includes('step 50: '))
    .then(() => lab.run('scancel', ['--batch', '--signal=USR1', plate]));
  warned.catch(() => {});
  const parts = [`0 ${up} -- 5`, `1 ${lwdCommand} up '${status}' --memory 16M -- 6`];
  writeFileSync(join(lab.folder, 'parts.conf'), `${parts.join('\n')}\n`.replaceAll("'", ''));
  mixed = await lab.submit('mixed', 'exec srun --multi-prog parts.conf', ['-n2', '--mem-per-cpu=20']);
  late = await staying('late', ['-t', '5']);
  await lab.run('scontrol', ['update', `JobId=${late}`, 'EndTime=now+1']);
}, 2 * timeout);

afterAll(() => lab?.stop(), 2 * timeout);

/** Runs a line of shell as a user at the cluster's front. */
const shell = (line: string) => lab.run('sh', ['-c', line]);

/** Submits a job whose program stays, and waits until it does. */
async function staying(name: string, options: readonly string[] = []): Promise<string> {
  const job = await lab.submit(name, `echo "runner $$"\nexec ${up} -- stay`, ['--mem=20', ...options]);
  await lab.until(`${name} stays`, async () => lab.written(name).includes('staying'));
  expect(await domainsOf(job)).toEqual([`lwd-${job}-batch-0`]);
  return job;
}

interface Domain {
  name: string;
  vcpus: { hard: string }[];
}

async function domainsOf(job: string): Promise<string[]> {
  const found = (await lwdJson(['ps', '--selector', `job=${job}`])) as { domains: Domain[] };
  return found.domains.map(({ name }) => name);
}

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

/** What each task said that it has: rank, node, Xen's CPU and Slurm's. Sorted by rank. */
function told(words: string): { rank: string; node: string; cpu: string; core: string }[] {
  const lines = words.matchAll(/^lwd-\d+-0-(\d): .* task \1 of 4 on (xen\d): CPUs (\d) \(its (\d)\)/gm);
  return [...lines]
    .map(([, rank = '', node = '', cpu = '', core = '']) => ({ rank, node, cpu, core }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1));
}

test('lwd batch: two nodes with two tasks each, every task with its own share', async () => {
  const out = join(lab.folder, 'batch.out');
  const flags = ['-N', '2', '-n', '4', '--memory', '40', '--output', out, '--option=--ntasks-per-node=2'];
  const ended = await shell(`${lwdCommand} batch '${image}' ${flags.join(' ')} --option=--gres=xendom:2 --wait -- 3`);
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

describe('ranks of PMI, each a domain', () => {
  test(
    'tell each other where they are, and meet there: four on two nodes',
    async () => {
      const out = join(lab.folder, 'ranks.out');
      const flags = ['-N', '2', '-n', '4', '--memory', '40', '--output', out, '--option=--ntasks-per-node=2'];
      const submitted = await shell(`${lwdCommand} batch '${guestFolder('pmi')}' ${flags.join(' ')} --pmi`);
      const job = submitted.stdout.trim();
      // The addresses of the ranks are of this machine: no second try beside the first.
      onTestFailed(async () => void (await shell(`scancel '${job}'`)));
      expect(await lab.ended(job, timeout), submitted.stderr).toBe('COMPLETED');
      const written = readFileSync(out, 'utf8');
      const all = '10.0.3.30 10.0.3.31 10.0.3.32 10.0.3.33, and they have met';
      const said = written.match(/^rank .*$/gm)?.sort();
      expect(said).toEqual([0, 1, 2, 3].map((rank) => `rank ${rank} of 4: ${all}`));
      expect(new Set(told(written).map(({ node }) => node)).size).toBe(2);
    },
    2 * timeout,
  );

  test(
    'one of them can end all, which leaves no domain',
    async () => {
      const ranks = `srun --mpi=pmi2 ${lwdCommand} up '${guestFolder('pmi')}' -- abort 1`;
      const job = await lab.submit('aborted', `${ranks}; echo "status $?"`, ['-N', '2', '-n', '2', '--mem=20']);
      await lab.ended(job, timeout);
      expect(lab.written('aborted')).toMatch(/^rank 1 waits$[\s\S]*^status 137$/m);
      expect(await domainsOf(job)).toEqual([]);
    },
    2 * timeout,
  );
});

test('srun --lwd-image: the plugin puts lwd up in front of each task, and sbatch does not know it', async () => {
  const pmi = join(guestFolder('pmi'), '.lwd/build/pmi');
  const ended = await shell(`srun --mpi=pmi2 -n2 --mem-per-cpu=20 --lwd-image='${pmi}' pmi ranks`);
  expect(ended.status, ended.stderr).toBe(0);
  const said = ended.stdout.match(/^rank .*$/gm)?.sort();
  expect(said).toEqual([0, 1].map((rank) => `rank ${rank} of 2: nowhere nowhere`));
  expect(ended.stderr).toMatch(/^lwd-\d+-0-1: Slurm job \d+, step 0, task 1 of 2 on xen\d: /m);
  const none = await shell(`srun --lwd-image= true; sbatch --lwd-image=x --wrap true`);
  expect(none.stderr).toMatch(/lwd-image[\s\S]*sbatch: unrecognized option '--lwd-image=x'/);
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

describe('no domain is left', () => {
  test('by scancel, and the program is told', async () => {
    const job = await staying('cancelled');
    await lab.run('scancel', [job]);
    expect(await lab.ended(job)).toBe('CANCELLED');
    expect(await domainsOf(job)).toEqual([]);
    expect(lab.written('cancelled')).toContain('told 15');
  });

  test('when the time is over', async () => {
    expect(await lab.ended(late)).toBe('TIMEOUT');
    expect(await domainsOf(late)).toEqual([]);
    expect(lab.written('late')).toContain('told 15');
  });

  test("by lwd's own watch, which is the job's", async () => {
    const script = `export LWD_BATCH_END=$(($(date +%s) + 5))\n${up} -- stay; echo "status $?"`;
    const job = await lab.submit('watched', script, ['--mem=20']);
    expect(await lab.ended(job)).toBe('COMPLETED');
    expect(lab.written('watched')).toMatch(
      /was ended: the time of Slurm job \d+, batch step on xen\d ran out\n.* exited\(0\) after .*\nstatus 124/,
    );
  });

  test('when the runner is killed: the epilog reaps', async () => {
    const job = await staying('killed');
    process.kill(Number(/^runner (\d+)$/m.exec(lab.written('killed'))?.[1]), 'SIGKILL');
    expect(await lab.ended(job)).toBe('FAILED');
    expect(await domainsOf(job)).toEqual([]);
    expect(await lab.field(job, 'ExitCode')).toBe('0:9');
    // What was on its way to dom0 meanwhile comes too late there.
    const words = { SLURM_JOB_ID: job, SLURMD_NODENAME: 'xen0', SLURM_PROCID: '0', SLURM_NTASKS: '1' };
    const late = await lab.run('sh', ['-c', `${up} --memory 8M`], { ...words, LWD_BATCH_CORES: '0' });
    expect(late).toMatchObject({ status: 73, stderr: expect.stringContaining('the job any more: it is over') });
  });

  test('and reaping a job that has none is no error', async () => {
    expect(await lwdJson(['reap', '--job', '999999'])).toMatchObject({ domains: [] });
  });
});

test('a prolog that fails drains the node and holds the job, until the health check finds the host well', async () => {
  const marker = join(lab.folder, 'unhealthy-xen3');
  writeFileSync(marker, '');
  const job = await lab.submit('unwell', srun('', '0'), ['--mem=20', '-w', 'xen3']);
  await lab.until('the job is held', async () => (await lab.field(job, 'Reason')).startsWith('launch_failed'));
  const { stdout } = await lab.run('sinfo', ['--noheader', '-n', 'xen3', '--format', '%T %E']);
  expect(stdout).toMatch(/^drain\w* Prolog error/);
  expect(lab.written('unwell')).toBe('');
  const check = await lab.run(join(lab.folder, 'lwd/health-check'), [], { SLURMD_NODENAME: 'xen3' });
  expect(check).toMatchObject({ status: 0 });
  expect(existsSync(marker)).toBe(false);
  await lab.run('scontrol', ['update', 'NodeName=xen3', 'State=RESUME']);
  await lab.run('scontrol', ['release', job]);
  expect(await lab.ended(job)).toBe('COMPLETED');
});

test('srun --container starts a domain, by the oci.conf that was written, and tells it its place', async () => {
  const bundle = join(lab.folder, 'bundle');
  mkdirSync(join(bundle, 'rootfs'), { recursive: true });
  writeFileSync(join(bundle, 'rootfs/app'), readFileSync(image), { mode: 0o755 });
  const annotations = { 'org.lwd.ip': '10.9.0.10-10.9.0.99/16' };
  const config = { ociVersion: '1.0.2', root: { path: 'rootfs' }, annotations };
  writeFileSync(join(bundle, 'config.json'), JSON.stringify(config));
  const ended = await shell(`srun --mem=80 --container='${bundle}' /app 5`);
  expect(ended.status, ended.stderr).toBe(5);
  expect(ended.stdout).toContain('rank 0 of 1: 10.9.0.10\n');
  rmSync(bundle, { recursive: true });
});

test("after a fault of the host's, and a warning, the job runs again, and its domain says so", async () => {
  expect(await lab.ended(requeued)).toBe('FAILED');
  expect(await lab.field(requeued, 'ExitCode')).toBe('3:0');
  expect(await lab.field(requeued, 'Restarts')).toBe('2');
  const written = lab.written('requeued');
  expect(written).toContain(`lwd-${requeued}-batch-0-r1: Slurm job ${requeued}, restart 1, batch step`);
  expect(written).toContain(`lwd-${requeued}-0-0-r2: Slurm job ${requeued}, restart 2, step 0`);
  // 10: SIGUSR1, as --signal has it.
  expect(written).toMatch(/Exited with exit code 75[\s\S]*memory 17 MiB[\s\S]*^told 10$[\s\S]*memory 17 MiB/m);
});

test('a signal before the end of the time: a checkpoint, the queue again, and the same bits as on Linux', async () => {
  await warned;
  const folder = join(lab.folder, 'plate');
  const sources = ['src/main.c', 'src/heat.c', 'src/store.c', 'linux/written.c'];
  mkdirSync(join(folder, 'on-linux'));
  await runProgram(['clang-19', '-O3', '-ffp-contract=off', ...sources, '-o', 'linux/checkpoint'], { cwd: folder });
  const environment = { CHECKPOINTS: 'on-linux', cd: folder };
  const linux = await lab.run('sh', ['-c', `cd "$cd" && linux/checkpoint ${heat.join(' ')}`], environment);
  expect(await lab.ended(plate)).toBe('COMPLETED');
  expect(await lab.field(plate, 'Restarts')).toBe('1');
  const written = lab.written('plate');
  const [, last] = /^step (\d+): wrote .*\nto be continued$/m.exec(written) ?? [];
  expect(written).toContain(`goes on from step ${last}\n`);
  const digest = /^digest \w{16}$/m;
  expect(digest.exec(written)?.[0]).toMatch(digest);
  expect(digest.exec(written)).toEqual(expect.arrayContaining([digest.exec(linux.stdout)?.[0]]));
});

describe.skipIf(process.getuid?.() !== 0)('without root (the test itself needs it, to be another user)', () => {
  const user = 65_534;
  let folder: string;
  let broker: RunningLwd;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'lwd-slurm-user-'));
    chmodSync(folder, 0o755);
    await installIn(folder);
    mkdirSync(join(folder, 'home'));
    cpSync(image, join(folder, 'home/job'));
    cpSync(join(guestFolder('pmi'), '.lwd/build/pmi'), join(folder, 'home/pmi'));
    await runProgram(['chown', '-R', `${user}:${user}`, join(folder, 'home')]);
    const policy = `version: 1\nrules:\n  - users: [${user}]\n    domains: 2\n    memory: 64M\n`;
    writeFileSync(join(folder, 'policy.yaml'), policy, { mode: 0o600 });
    const files = ['--socket', join(folder, 'run/socket'), '--audit', join(folder, 'audit')];
    const serve = ['broker', 'serve', '--policy', join(folder, 'policy.yaml'), ...files];
    broker = startLwd([...serve, '--images', join(folder, 'images')], { timeout: 2 * timeout });
    await broker.complained('ready');
  });

  afterAll(async () => {
    broker.signal('SIGTERM');
    await broker.ended;
    rmSync(folder, { recursive: true });
  });

  const home = () => join(folder, 'home');
  const up = (name: string) => `'${process.execPath}' '${join(folder, 'lwd/bin/run.js')}' up '${home()}/${name}'`;

  /** As the user, whose lwd knows of the broker alone. `options`: his name goes to the first of several parts. */
  function submit(name: string, line: string, [memory = '', ...options]: readonly string[]): Promise<string> {
    const places = { HOME: home(), XDG_RUNTIME_DIR: home(), XDG_CACHE_HOME: home() };
    const words = { ...places, LWD_BROKER: join(folder, 'run/socket'), LWD_HOST: 'local' };
    const exports = Object.entries(words).map(([key, value]) => `export ${key}='${value}'`);
    const own = [`--output=${home()}/${name}.out`, `--uid=${user}`, `--chdir=${home()}`];
    return lab.submit(name, [...exports, line].join('\n'), [memory, ...own, ...options]);
  }

  function printed(name: string): string {
    const file = join(home(), `${name}.out`);
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  }

  test('two ranks of PMI find each other through the broker', async () => {
    const job = await submit('ranks', `srun --mpi=pmi2 ${up('pmi')} --memory 8M --pmi`, ['--mem=40', '-N1', '-n2']);
    expect(await lab.ended(job), printed('ranks')).toBe('COMPLETED');
    const said = printed('ranks')
      .match(/^rank .*$/gm)
      ?.sort();
    expect(said).toEqual([0, 1].map((rank) => `rank ${rank} of 2: nowhere nowhere`));
  });

  test("the epilog ends what a killed runner has left, on the node of a heterogeneous job's second part", async () => {
    const stays = `${up('job')} -- stay`.replaceAll("'", '"');
    const het = ['--mem=20', '-n1', '-N1', ':', '--mem=20', '-n1', '-N1'];
    const job = await submit('theirs', `srun --het-group=1 sh -c 'echo "runner $$"; exec ${stays}'`, het);
    const written = () => printed('theirs');
    await lab.until('it stays', async () => written().includes('staying'));
    const { domains } = (await lwdJson(['ps'])) as { domains: { name: string; uuid: string; batch: object }[] };
    const [theirs] = domains.filter(({ name }) => name === `lwd-${job}-0-0`);
    expect(ownerOf(theirs?.uuid ?? '')).toBe(user);
    expect(theirs?.batch).toMatchObject({ job, component: String(Number(job) + 1) });
    process.kill(Number(/^runner (\d+)$/m.exec(written())?.[1]), 'SIGKILL');
    await lab.ended(String(Number(job) + 1));
    expect(await domainsOf(job)).toEqual([]);
  });
});

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
