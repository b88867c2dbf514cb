/**
 * What slurm.test.ts does to its cluster: daemons die, a node is lost, an epilog cannot reach its host. In a file of its own for
 * its size alone; it has no cluster of its own.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { dom0, lwdJson } from './lwd.js';
import { lwdCommand, nodes, type SlurmLab } from './slurm-lab.js';

const patience = 240_000;
/** Seconds that a domain has of its lease in these tests, and that its guard may take on a busy machine. */
const [lease, slack] = [8, 10];

/** lwd's domains on the host, by name; `selected` by their job. */
async function namesOf(...selected: string[]): Promise<string[]> {
  const { domains } = (await lwdJson(['ps', ...selected])) as { domains: { name: string }[] };
  return domains.map(({ name }) => name);
}

/** The runner that a job has started last. */
function runnerOf(lab: SlurmLab, name: string): number {
  return Number([...lab.written(name).matchAll(/^runner (\d+)$/gm)].at(-1)?.[1]);
}

async function restarted(lab: SlurmLab, node: string): Promise<void> {
  const before = await lab.field(node, 'SlurmdStartTime', 'node');
  lab.restart(node);
  await lab.until(`${node} is back`, async () => {
    const since = await lab.field(node, 'SlurmdStartTime', 'node');
    return ![before, 'None', ''].includes(since);
  });
}

/** Whatever a test has left of the cluster: all daemons run, all nodes are up. */
async function mend(lab: SlurmLab, job: string): Promise<void> {
  for (const node of nodes) rmSync(join(lab.folder, `unreachable-${node}`), { force: true });
  rmSync(join(lab.folder, 'elsewhere'), { force: true });
  for (const name of ['slurmctld', ...nodes]) if (!lab.isAlive(name)) lab.restart(name);
  await lab.run('scancel', [job]);
  for (const node of nodes) await lab.run('scontrol', ['update', `NodeName=${node}`, 'State=RESUME']);
}

/** `image`: of test/guest/job. */
export function faultTests(lab: () => SlurmLab, image: string): void {
  test('what is only being made when its job is over does not come into being', async () => {
    const slow = [
      '#!/bin/sh',
      'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      '[ "$1" = create ] || exec xl "$@"',
      ': >/tmp/lwd-slow/begun',
      'until [ -e /tmp/lwd-slow/go ]; do sleep 0.1; done',
      'exec xl "$@"',
    ];
    const install = 'mkdir -p /tmp/lwd-slow; printf "%s\\n" "$@" >/tmp/lwd-slow/xl; chmod 755 /tmp/lwd-slow/xl';
    await dom0('sh', '-c', install, 'sh', ...slow);
    onTestFinished(async () => void (await dom0('rm', '-rf', '/tmp/lwd-slow')));
    const up = `exec ${lwdCommand} up -d --name solver '${image}' -- stay`;
    const script = `export LWD_CRASH_PATH=/tmp/lwd-slow\necho "runner $$"\n${up}`;
    const job = await lab().submit('making', script, ['--mem=20']);
    const inDom0 = (line: string) => dom0('sh', '-c', line);
    const begun = '[ -e /tmp/lwd-slow/begun ] && echo begun; true';
    await lab().until('it is being made', async () => (await inDom0(begun)).includes('begun'));
    process.kill(runnerOf(lab(), 'making'), 'SIGKILL');
    expect(await lab().ended(job)).toBe('FAILED');
    expect(await lab().field(await lab().field(job, 'BatchHost'), 'State', 'node')).not.toContain('DRAIN');
    // Who still waits for its time would go on now.
    expect(await inDom0("grep -l '/tmp/lwd-slow/x[l]' /proc/[0-9]*/cmdline 2>/dev/null; true")).toBe('');
    await inDom0(': >/tmp/lwd-slow/go');
    expect(await namesOf()).not.toContain('solver');
  });

  // A minute, of which Slurm takes the most to give the job another node: `npm run slurm-faults`.
  test.skipIf(process.env.LWD_TEST_SLURM_FAULTS === undefined)(
    'slurmctld and slurmd die, a node is lost, an epilog fails: the job goes on, elsewhere, and never twice past its lease',
    async () => {
      const stay = `${lwdCommand} up --lease ${lease}s '${image}' -- stay 42`;
      const job = await lab().submit('lost', `echo "runner $$"\nexec ${stay}`, [
        ...['--mem=20', '--requeue', '--open-mode=append'],
      ]);
      onTestFinished(() => mend(lab(), job));
      const [first, second] = [`lwd-${job}-batch-0`, `lwd-${job}-batch-0-r1`];
      const stays = (times: number) => async () =>
        lab()
          .written('lost')
          .match(/^staying$/gm)?.length === times;
      await lab().until('the first stays', stays(1));
      const node = await lab().field(job, 'BatchHost');
      const runner = runnerOf(lab(), 'lost');
      // Of a job that has just begun Slurm itself may have nothing on disk yet.
      const mark = 'lwd-is-written-down';
      await lab().run('scontrol', ['update', `JobId=${job}`, `Comment=${mark}`]);
      const state = join(lab().folder, 'state/job_state');
      await lab().until(
        'Slurm has written it down',
        async () => existsSync(state) && readFileSync(state).includes(mark),
      );
      await lab().kill('slurmctld');
      lab().restart('slurmctld');
      await lab().until('Slurm knows of it', async () => (await lab().field(job, 'JobState')) === 'RUNNING');
      // The node is lost, with what runs there, and its Xen is not that of the next.
      writeFileSync(join(lab().folder, 'elsewhere'), '');
      await lab().kill(node);
      process.kill(runner, 'SIGSTOP');
      const lost = performance.now();
      await lab().run('scontrol', ['update', `NodeName=${node}`, 'State=DOWN', 'Reason=lost']);
      const looks: { at: number; names: string[] }[] = [];
      await lab().until('the second stays alone', async () => {
        const at = (performance.now() - lost) / 1000;
        looks.push({ at, names: await namesOf('--selector', `job=${job}`) });
        return looks.at(-1)?.names.join() === second && (await stays(2)());
      });
      expect(looks[0]?.names).toEqual([first]);
      const doubles = looks.filter(({ names }) => names.includes(first) && names.includes(second));
      for (const { at } of doubles) expect(at).toBeLessThan(lease + slack);
      rmSync(join(lab().folder, 'elsewhere'));
      const next = await lab().field(job, 'BatchHost');
      expect(next).not.toBe(node);
      await lab().kill(next);
      await restarted(lab(), next);
      expect(await lab().field(job, 'JobState')).toBe('RUNNING');
      expect(await namesOf('--selector', `job=${job}`)).toEqual([second]);
      await isDrainedByEpilog(lab(), job, next);
      process.kill(runner, 'SIGCONT');
      await lab().until('the first knows', async () => lab().written('lost').includes('had not heard of this lwd'));
    },
    2 * patience,
  );
}

/** The program ends as it is asked to, with its status, and the node's epilog cannot reach its host: nobody else gets the node. */
async function isDrainedByEpilog(lab: SlurmLab, job: string, node: string): Promise<void> {
  const unreachable = join(lab.folder, `unreachable-${node}`);
  writeFileSync(unreachable, '');
  await lab.run('scancel', ['--full', '--signal=TERM', job]);
  expect(await lab.ended(job)).toBe('FAILED');
  expect(await lab.field(job, 'ExitCode')).toBe('42:0');
  expect(await lab.field(job, 'Restarts')).toBe('1');
  const state = async () => (await lab.run('sinfo', ['--noheader', '-n', node, '--format', '%T %E'])).stdout;
  await lab.until(`${node} is drained`, async () => /^drain\w* Epilog error/.test(await state()));
  rmSync(unreachable);
  // As an administrator would, before the node is given back.
  const environment = { SLURMD_NODENAME: node, SLURM_JOB_ID: job };
  expect(await lab.run(join(lab.folder, 'lwd/epilog'), [], environment)).toMatchObject({ status: 0 });
}
