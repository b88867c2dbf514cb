/** A runtime that Slurm starts without the job's variables finds them in config.json. */
import { expect, test } from 'vitest';
import { findAllocation } from '../../../src/batch/detect.js';
import { adoptJob } from '../../../src/oci/in-job.js';

const given = {
  ...{ SLURM_JOB_ID: '42', SLURMD_NODENAME: 'xen1', SLURM_STEP_ID: '3', SLURM_PROCID: '1' },
  ...{ SLURM_STEP_NUM_TASKS: '4', PATH: '/bad', LD_PRELOAD: '/bad', NODE_OPTIONS: '--bad', SLURM_x: '1' },
};

test("the job's variables are taken, and no others", () => {
  const own: NodeJS.ProcessEnv = { PATH: '/usr/bin' };
  adoptJob(given, own);
  expect(findAllocation(own, 'h')).toMatchObject({ job: '42', step: '3', rank: 1, tasks: 4, node: 'xen1' });
  expect(own).toMatchObject({ PATH: '/usr/bin' });
  expect(Object.keys(own).filter((name) => !/^SLURMD?_[A-Z]/.test(name))).toEqual(['PATH']);
});

test('a runtime that knows its job stays with that', () => {
  const own: NodeJS.ProcessEnv = { SLURM_JOB_ID: '7', SLURMD_NODENAME: 'xen2' };
  adoptJob(given, own);
  expect(own).toEqual({ SLURM_JOB_ID: '7', SLURMD_NODENAME: 'xen2' });
});
