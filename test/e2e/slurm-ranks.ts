/**
 * Part of slurm.test.ts, whose cluster it uses: ranks of PMI, each a domain, and the plugin that puts lwd in front of them.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFailed, test } from 'vitest';
import { guestFolder } from './lwd.js';
import { domainsOf, shell, timeout, told } from './slurm-jobs.js';
import { lwdCommand, type SlurmLab } from './slurm-lab.js';

export function rankTests(lab: () => SlurmLab): void {
  describe('ranks of PMI, each a domain', () => {
    test(
      'tell each other where they are, and meet there: four on two nodes',
      async () => {
        const out = join(lab().folder, 'ranks.out');
        const flags = ['-N', '2', '-n', '4', '--memory', '40', '--output', out, '--option=--ntasks-per-node=2'];
        const submitted = await shell(lab(), `${lwdCommand} batch '${guestFolder('pmi')}' ${flags.join(' ')} --pmi`);
        const job = submitted.stdout.trim();
        // The addresses of the ranks are of this machine: no second try beside the first.
        onTestFailed(async () => void (await shell(lab(), `scancel '${job}'`)));
        expect(await lab().ended(job, timeout), submitted.stderr).toBe('COMPLETED');
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
        const job = await lab().submit('aborted', `${ranks}; echo "status $?"`, ['-N', '2', '-n', '2', '--mem=20']);
        await lab().ended(job, timeout);
        expect(lab().written('aborted')).toMatch(/^rank 1 waits$[\s\S]*^status 137$/m);
        expect(await domainsOf(job)).toEqual([]);
      },
      2 * timeout,
    );
  });

  test('srun --lwd-image: the plugin puts lwd up in front of each task, and sbatch does not know it', async () => {
    const pmi = join(guestFolder('pmi'), '.lwd/build/pmi');
    const ended = await shell(lab(), `srun --mpi=pmi2 -n2 --mem-per-cpu=20 --lwd-image='${pmi}' pmi ranks`);
    expect(ended.status, ended.stderr).toBe(0);
    const said = ended.stdout.match(/^rank .*$/gm)?.sort();
    expect(said).toEqual([0, 1].map((rank) => `rank ${rank} of 2: nowhere nowhere`));
    expect(ended.stderr).toMatch(/^lwd-\d+-0-1: Slurm job \d+, step 0, task 1 of 2 on xen\d: /m);
    const none = await shell(lab(), `srun --lwd-image= true; sbatch --lwd-image=x --wrap true`);
    expect(none.stderr).toMatch(/lwd-image[\s\S]*sbatch: unrecognized option '--lwd-image=x'/);
  });
}
