/**
 * Part of slurm.test.ts, whose cluster it uses: how jobs end, and that no domain is left then; who runs again, and goes on.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { lwdEnding, lwdJson, runProgram } from './lwd.js';
import { domainsOf, srun, staying, timeout, up } from './slurm-jobs.js';
import { lwdCommand, type SlurmLab } from './slurm-lab.js';

/** Side, steps, steps between checkpoints of the program that is warned. */
const heat = ['256', '500', '50'];

/**
 * Numbers of jobs that were submitted first, since Slurm takes its time: between the runs of those that run again, and to see
 * that the time of the other is over.
 */
export interface BegunJobs {
  requeued: string;
  late: string;
  plate: string;
  /** It has been told to end before it is done. */
  warned: Promise<unknown>;
}

/** Resolves when the one whose time is over has begun, and has been told so. */
export async function beginJobs(lab: SlurmLab): Promise<BegunJobs> {
  // The first time there is no host: a fault of the host's, for which Slurm is told to run the job again. The second time the
  // program is warned of the end of its time, and says itself that it is to be run again. Slurm looks each half minute.
  const turns = [
    `'') export LWD_HOST=ssh://127.0.0.1:1; exec ${srun('', '3')} ;;`,
    `1) exec ${up} -- stay 75 ;;`,
    `*) trap '' USR1; exec ${srun('', '3')} ;;`,
  ];
  const early = ['-t', '2', '--signal=B:USR1@110', '--open-mode=append'];
  const requeued = await lab.submit('requeued', ['case $SLURM_RESTART_COUNT in', ...turns, 'esac'].join('\n'), [
    ...['--mem=20', ...early],
  ]);
  await lwdEnding(0, ['init', join(lab.folder, 'plate'), '--template', 'checkpoint']);
  await lwdEnding(0, ['build'], { cwd: join(lab.folder, 'plate'), timeout });
  const plate = await lab.submit('plate', `cd plate\nexec ${lwdCommand} up -- ${heat.join(' ')}`, [
    ...['--mem=80', '--requeue', '--open-mode=append'],
  ]);
  // To whom --signal=B: has it sent.
  const warned = lab
    .until('there is a checkpoint', async () => lab.written('plate').includes('step 50: '))
    .then(() => lab.run('scancel', ['--batch', '--signal=USR1', plate]));
  warned.catch(() => {});
  const late = await staying(lab, 'late', ['-t', '5']);
  await lab.run('scontrol', ['update', `JobId=${late}`, 'EndTime=now+1']);
  return { requeued, late, plate, warned };
}

export function endTests(lab: () => SlurmLab, begun: () => BegunJobs): void {
  describe('no domain is left', () => {
    test('by scancel, and the program is told', async () => {
      const job = await staying(lab(), 'cancelled');
      await lab().run('scancel', [job]);
      expect(await lab().ended(job)).toBe('CANCELLED');
      expect(await domainsOf(job)).toEqual([]);
      expect(lab().written('cancelled')).toContain('told 15');
    });

    test('when the time is over', async () => {
      expect(await lab().ended(begun().late)).toBe('TIMEOUT');
      expect(await domainsOf(begun().late)).toEqual([]);
      expect(lab().written('late')).toContain('told 15');
    });

    test("by lwd's own watch, which is the job's", async () => {
      const script = `export LWD_BATCH_END=$(($(date +%s) + 5))\n${up} -- stay; echo "status $?"`;
      const job = await lab().submit('watched', script, ['--mem=20']);
      expect(await lab().ended(job)).toBe('COMPLETED');
      expect(lab().written('watched')).toMatch(
        /was ended: the time of Slurm job \d+, batch step on xen\d ran out\n.* exited\(0\) after .*\nstatus 124/,
      );
    });

    test('when the runner is killed: the epilog reaps', async () => {
      const job = await staying(lab(), 'killed');
      process.kill(Number(/^runner (\d+)$/m.exec(lab().written('killed'))?.[1]), 'SIGKILL');
      expect(await lab().ended(job)).toBe('FAILED');
      expect(await domainsOf(job)).toEqual([]);
      expect(await lab().field(job, 'ExitCode')).toBe('0:9');
      // What was on its way to dom0 meanwhile comes too late there.
      const words = { SLURM_JOB_ID: job, SLURMD_NODENAME: 'xen0', SLURM_PROCID: '0', SLURM_NTASKS: '1' };
      const late = await lab().run('sh', ['-c', `${up} --memory 8M`], { ...words, LWD_BATCH_CORES: '0' });
      expect(late).toMatchObject({ status: 73, stderr: expect.stringContaining('the job any more: it is over') });
    });

    test('and reaping a job that has none is no error', async () => {
      expect(await lwdJson(['reap', '--job', '999999'])).toMatchObject({ domains: [] });
    });
  });

  test('a prolog that fails drains the node and holds the job, until the health check finds the host well', async () => {
    const marker = join(lab().folder, 'unhealthy-xen3');
    writeFileSync(marker, '');
    const job = await lab().submit('unwell', srun('', '0'), ['--mem=20', '-w', 'xen3']);
    await lab().until('the job is held', async () => (await lab().field(job, 'Reason')).startsWith('launch_failed'));
    const { stdout } = await lab().run('sinfo', ['--noheader', '-n', 'xen3', '--format', '%T %E']);
    expect(stdout).toMatch(/^drain\w* Prolog error/);
    expect(lab().written('unwell')).toBe('');
    const check = await lab().run(join(lab().folder, 'lwd/health-check'), [], { SLURMD_NODENAME: 'xen3' });
    expect(check).toMatchObject({ status: 0 });
    expect(existsSync(marker)).toBe(false);
    await lab().run('scontrol', ['update', 'NodeName=xen3', 'State=RESUME']);
    await lab().run('scontrol', ['release', job]);
    expect(await lab().ended(job)).toBe('COMPLETED');
  });

  test("after a fault of the host's, and a warning, the job runs again, and its domain says so", async () => {
    expect(await lab().ended(begun().requeued)).toBe('FAILED');
    expect(await lab().field(begun().requeued, 'ExitCode')).toBe('3:0');
    expect(await lab().field(begun().requeued, 'Restarts')).toBe('2');
    const written = lab().written('requeued');
    expect(written).toContain(
      `lwd-${begun().requeued}-batch-0-r1: Slurm job ${begun().requeued}, restart 1, batch step`,
    );
    expect(written).toContain(`lwd-${begun().requeued}-0-0-r2: Slurm job ${begun().requeued}, restart 2, step 0`);
    // 10: SIGUSR1, as --signal has it.
    expect(written).toMatch(/Exited with exit code 75[\s\S]*memory 17 MiB[\s\S]*^told 10$[\s\S]*memory 17 MiB/m);
  });

  test('a signal before the end of the time: a checkpoint, the queue again, and the same bits as on Linux', async () => {
    await begun().warned;
    const folder = join(lab().folder, 'plate');
    const sources = ['src/main.c', 'src/heat.c', 'src/store.c', 'linux/written.c'];
    mkdirSync(join(folder, 'on-linux'));
    await runProgram(['clang-19', '-O3', '-ffp-contract=off', ...sources, '-o', 'linux/checkpoint'], { cwd: folder });
    const environment = { CHECKPOINTS: 'on-linux', cd: folder };
    const linux = await lab().run('sh', ['-c', `cd "$cd" && linux/checkpoint ${heat.join(' ')}`], environment);
    expect(await lab().ended(begun().plate)).toBe('COMPLETED');
    expect(await lab().field(begun().plate, 'Restarts')).toBe('1');
    const written = lab().written('plate');
    const [, last] = /^step (\d+): wrote .*\nto be continued$/m.exec(written) ?? [];
    expect(written).toContain(`goes on from step ${last}\n`);
    const digest = /^digest \w{16}$/m;
    expect(digest.exec(written)?.[0]).toMatch(digest);
    expect(digest.exec(written)).toEqual(expect.arrayContaining([digest.exec(linux.stdout)?.[0]]));
  });
}
