/** From the environment to an allocation, and from Slurm's own words to the cores. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Allocation, Environment } from '../../../src/batch/allocation.js';
import { findAllocation } from '../../../src/batch/detect.js';
import { withNodeFile } from '../../../src/batch/pbs.js';
import { killWait, parseJobDetails } from '../../../src/batch/slurm.js';
import { UserError } from '../../../src/errors.js';
import { fluxTask, pbsTask, slurmJob, slurmTask } from './environments.js';

const find = (env: Environment) => findAllocation(env, 'here');

describe('Slurm', () => {
  test('a task of a step', () => {
    expect(find(slurmTask)).toEqual({
      system: 'slurm',
      job: '4',
      step: '0',
      rank: 1,
      tasks: 3,
      localRank: 1,
      localTasks: 2,
      node: 'xen0',
      restart: 0,
      array: '3_1',
      cpus: 2,
      cpusPerTask: undefined,
      cores: undefined,
      memory: 300,
      end: undefined,
    });
  });

  test('the job script has all that the job has on its node', () => {
    const script: Environment = { ...slurmTask, SLURM_STEP_ID: undefined, SLURM_CPUS_PER_TASK: '1' };
    expect(find(script)).toMatchObject({ step: 'batch', rank: 0, tasks: 1, localRank: 0, localTasks: 1 });
    expect(find(script)?.cpusPerTask).toBeUndefined();
  });

  test('a requeued job, memory by CPU, an end, an interactive step', () => {
    const more = { SLURM_RESTART_COUNT: '2', SLURM_MEM_PER_CPU: '100', SLURM_JOB_END_TIME: '1795417802' };
    const env = { ...slurmTask, ...more, SLURM_MEM_PER_NODE: undefined, SLURM_STEP_ID: '4294967290' };
    expect(find(env)).toMatchObject({ restart: 2, memory: 200, end: 1795417802, step: 'interactive' });
  });

  test('memory 0 is all of the node', () => {
    expect(find({ ...slurmTask, SLURM_MEM_PER_NODE: '0' })?.memory).toBeUndefined();
  });

  test("of a heterogeneous job each node's part has a number of its own", () => {
    const het = {
      SLURM_HET_SIZE: '3',
      SLURM_JOB_ID_HET_GROUP_0: '4',
      SLURM_JOB_ID_HET_GROUP_1: '5',
      SLURM_JOB_ID_HET_GROUP_2: '6',
      SLURM_JOB_NODELIST_HET_GROUP_0: 'xen[0-1]',
      SLURM_JOB_NODELIST_HET_GROUP_1: 'xen[1-2]',
      SLURM_JOB_NODELIST_HET_GROUP_2: 'xen3',
    };
    const componentOn = (node: string) => find({ ...slurmTask, ...het, SLURMD_NODENAME: node })?.component;
    expect(['xen0', 'xen1', 'xen2', 'xen3', 'xen4'].map(componentOn)).toEqual(['4', '5', '5', '6', undefined]);
    expect(find({ ...slurmTask, ...het })?.job).toBe('4');
    expect(find({ ...slurmTask, ...het, SLURM_HET_SIZE: '999999999' })?.component).toBe('4');
    expect(find(slurmTask)?.component).toBeUndefined();
  });

  test('the shell of salloc is on no node of the job', () => {
    expect(find({ ...slurmTask, SLURMD_NODENAME: undefined })).toBeUndefined();
  });
});

test('a task of Flux', () => {
  expect(find(fluxTask)).toMatchObject({
    system: 'flux',
    job: 'f2Xz9',
    rank: 3,
    tasks: 4,
    localRank: 1,
    localTasks: 2,
    node: 'here',
    cores: undefined,
  });
});

test('a job script of PBS', () => {
  expect(find(pbsTask)).toMatchObject({ system: 'pbs', job: '123', array: '123_7', step: 'batch', cpus: 4 });
});

describe("PBS's tasks", () => {
  const nodes = 'n1.site\nn1.site\nn2.site\nn2.site\nn2.site\n';
  const task = (rank: number) =>
    find({ PBS_JOBID: '123.site', PBS_TASKNUM: String(rank + 2), PBS_VNODENUM: String(rank) });
  const placed = (rank: number) => withNodeFile(task(rank) as Allocation, nodes);

  test('have their place by the file of nodes', () => {
    const places = [0, 1, 2, 3, 4].map((rank) => placed(rank));
    expect(places.map(({ rank, tasks }) => [rank, tasks])).toEqual([0, 1, 2, 3, 4].map((rank) => [rank, 5]));
    expect(places.map(({ localRank }) => localRank)).toEqual([0, 1, 0, 1, 2]);
    expect(places.map(({ localTasks }) => localTasks)).toEqual([2, 2, 3, 3, 3]);
  });

  test('and the job script, or a task that is not in it, does not', () => {
    const script = find({ PBS_JOBID: '123.site' }) as Allocation;
    expect(withNodeFile(script, nodes)).toBe(script);
    expect(placed(5)).toMatchObject({ tasks: 1, localRank: 0, localTasks: 1 });
  });
});

describe('several, and none', () => {
  test('Flux within a job of Slurm is what started this task', () => {
    expect(find({ ...slurmTask, ...fluxTask })?.system).toBe('flux');
    expect(find({ ...slurmTask, ...fluxTask, LWD_BATCH: 'slurm' })?.system).toBe('slurm');
  });

  test('LWD_BATCH=none does without', () => {
    expect(find({ ...slurmTask, LWD_BATCH: 'none' })).toBeUndefined();
    expect(find({})).toBeUndefined();
    expect(() => find({ LWD_BATCH: 'lsf' })).toThrow(/"lsf" is no batch system/);
  });

  test("a site's words win", () => {
    const words = { LWD_BATCH_CORES: '4-6', LWD_BATCH_MEMORY: '512', LWD_BATCH_END: '99' };
    for (const task of [slurmTask, fluxTask, pbsTask]) {
      expect(find({ ...task, ...words })).toMatchObject({ cores: [4, 5, 6], cpus: 3, memory: 512, end: 99 });
    }
  });
});

test('a variable that cannot be is named, and nothing else ever happens', () => {
  expect(() => find({ ...slurmTask, SLURM_PROCID: '$(reboot)' })).toThrow(
    'SLURM_PROCID="$(reboot)" in the environment is not understood',
  );
  const keys = [slurmTask, fluxTask, pbsTask].flatMap((task) => Object.keys(task));
  const hostile = fc.constantFrom('', '-1', '1e3', '\0', 'x\ny', '9'.repeat(20), '../..', 'a"b', '[', 'ƒ', '1(x9)');
  const value = fc.oneof(fc.string(), hostile, fc.nat().map(String));
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...keys), value), (changes) => {
      try {
        const found = find({ ...slurmTask, ...changes });
        if (found === undefined) return;
        expect(found.job).toMatch(/^[A-Za-z0-9][A-Za-z0-9.]{0,31}$/);
        expect(found.node).toMatch(/^[\w.-]+$/);
        expect(Number.isSafeInteger(found.rank)).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(UserError);
      }
    }),
    { numRuns: 2000 },
  );
});

describe("scontrol's words", () => {
  test('the cores, memory and end of this node', () => {
    expect(parseJobDetails(slurmJob, 'xen0')).toEqual({ cores: [0, 1], memory: 300, end: '2026-11-23T07:10:02' });
    expect(parseJobDetails(slurmJob, 'xen1')).toMatchObject({ cores: [0] });
    // Of an array's tasks the last has the array's number, and with it all of them are shown.
    const of = (job: string, second: string) =>
      slurmJob.replace(/^JobId=\S+/, `JobId=${job}`).replaceAll(':10:02', `:10:${second}`);
    const array = `${of('8', '08')}\n${of('7', '07')}`;
    expect(parseJobDetails(array, 'xen0', '7')).toMatchObject({ end: '2026-11-23T07:10:07' });
    expect(parseJobDetails(array, 'xen0', '8')).toMatchObject({ end: '2026-11-23T07:10:08' });
    expect(parseJobDetails(slurmJob, 'xen2')).toBeUndefined();
  });

  test('several nodes in one line, gaps, no limits', () => {
    const text = slurmJob
      .replace(/ {5}Nodes=xen0.*\n/, '     Nodes=xen[0,2-3] CPU_IDs=0-2,4-5 Mem=0 GRES=xendom(CNT:3)\n')
      .replace('EndTime=2026-11-23T07:10:02', 'EndTime=Unknown');
    expect(parseJobDetails(text, 'xen3')).toEqual({ cores: [0, 1, 2, 4, 5], memory: undefined, end: undefined });
  });

  test('a name that reads like a line of nodes is no such line', () => {
    const name = 'x      Nodes=xen0 CPU_IDs=0-63 Mem=99999 GRES=';
    const text = slurmJob.replace('JobName=job.sh', `JobName=${name}`).replace('Command=/home', `Command=${name}`);
    expect(parseJobDetails(text, 'xen0')?.cores).toEqual([0, 1]);
  });

  test('any other text is told as such', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(parseJobDetails(text, 'xen0')).toBeUndefined();
      }),
    );
    expect(parseJobDetails(slurmJob.replace('CPU_IDs=0-1', 'CPU_IDs=1-0'), 'xen0')).toBeUndefined();
  });
});

test('KillWait is read from slurm.conf', () => {
  expect(killWait('ClusterName=x\nKillWait=5\n')).toBe(5);
  expect(killWait('  killwait = 60 # a minute')).toBe(60);
  expect(killWait('#KillWait=5')).toBe(30);
  expect(killWait(undefined)).toBe(30);
});
