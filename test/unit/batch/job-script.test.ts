/** Job scripts: what each batch system is told, that every argument arrives as it was, and that nothing else does. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { type JobWish, submission } from '../../../src/batch/job-script.js';
import { UserError } from '../../../src/errors.js';

const wish: JobWish = {
  name: 'cg',
  nodes: 2,
  tasks: 4,
  cpusPerTask: 2,
  memory: '1G',
  time: '10:00',
  partition: undefined,
  array: undefined,
  output: 'out.%j',
  error: undefined,
  options: ['--exclusive'],
  pmi: false,
  command: ['/opt/lwd', 'up', '/home/user/my solver'],
};

test('Slurm', () => {
  const { script, command } = submission('slurm', wish, true);
  expect(command).toEqual(['sbatch', '--parsable', '--wait']);
  expect(script).toBe(`#!/bin/sh
#SBATCH --job-name=cg
#SBATCH --nodes=2
#SBATCH --ntasks=4
#SBATCH --cpus-per-task=2
#SBATCH --mem=1G
#SBATCH --time=10:00
#SBATCH --output=out.%j
#SBATCH --exclusive
exec srun --cpus-per-task=2 /opt/lwd up '/home/user/my solver'
`);
});

test('ranks of PMI', () => {
  const ranks = { ...wish, memory: undefined, pmi: true };
  expect(submission('slurm', ranks, false).script).toContain('exec srun --cpus-per-task=2 --mpi=pmi2 /opt/lwd up ');
  expect(submission('flux', ranks, false).script).toContain(
    'exec flux run --nodes=2 --ntasks=4 --cores-per-task=2 /opt',
  );
  expect(() => submission('pbs', ranks, false)).toThrow('PBS: pbsdsh starts tasks without PMI');
});

test('Flux', () => {
  const { script, command } = submission('flux', { ...wish, memory: undefined }, false);
  expect(command).toEqual(['flux', 'batch']);
  expect(script).toContain('#flux: --nslots=4\n#flux: --cores-per-slot=2\n');
  expect(script).toContain(
    "exec flux run --nodes=2 --ntasks=4 --cores-per-task=2 /opt/lwd up '/home/user/my solver'\n",
  );
  expect(() => submission('flux', wish, false)).toThrow('Flux jobs have no --memory');
});

test('PBS', () => {
  const { script, command } = submission('pbs', { ...wish, array: '0-3' }, true);
  expect(command).toEqual(['qsub', '-W', 'block=true']);
  expect(script).toContain('#PBS -l select=2:ncpus=4:mpiprocs=2:mem=1G\n#PBS -l walltime=10:00\n#PBS -J 0-3\n');
  expect(script).toContain("exec pbsdsh -- /opt/lwd up '/home/user/my solver'\n");
  expect(() => submission('pbs', { ...wish, tasks: 3 }, false)).toThrow('3 tasks cannot be divided');
});

describe('what is put in', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'lwd-job-'));
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));
  // Stands for srun: prints its words, each ended by a NUL.
  writeFileSync(
    join(scratch, 'srun'),
    '#!/bin/sh\nfor word; do printf "%s\\\\0" "$word"; done\n'.replaceAll('\\\\', '\\'),
  );
  chmodSync(join(scratch, 'srun'), 0o755);

  test('arguments reach the program as they are', () => {
    const words = fc.array(
      fc.string().map((text) => text.replaceAll('\0', '')),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(words, (args) => {
        const { script } = submission('slurm', { ...wish, cpusPerTask: undefined, command: ['x', ...args] }, false);
        const env = { ...process.env, PATH: `${scratch}:${process.env.PATH}` };
        const { stdout } = spawnSync('sh', [], { input: script, env, encoding: 'utf8' });
        expect(stdout.split('\0').slice(0, -1)).toEqual(['x', ...args]);
      }),
      { numRuns: 50 },
    );
  });

  test.each(['a b', 'x\n#SBATCH --uid=0', '$(x)', '`x`', 'a;b', "it's", '\0', ''])(
    '%j is no value of a directive',
    (text) => {
      for (const key of ['name', 'memory', 'time', 'partition', 'array', 'output', 'error'] as const) {
        expect(() => submission('slurm', { ...wish, [key]: text }, false)).toThrow(UserError);
      }
    },
  );

  test('a directive of the user is one line', () => {
    expect(() => submission('slurm', { ...wish, options: ['--exclusive\nreboot'] }, false)).toThrow(
      'more than one line',
    );
  });
});
