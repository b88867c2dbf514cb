/**
 * Part of slurm.test.ts, whose cluster it uses: jobs of a user without root, whose domains a broker makes.
 */
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ownerOf } from '../../src/xl/facts/domain-record.js';
import { installIn } from './installed.js';
import { guestFolder, lwdJson, type RunningLwd, runProgram, startLwd } from './lwd.js';
import { domainsOf, image, timeout } from './slurm-jobs.js';
import type { SlurmLab } from './slurm-lab.js';

export function userTests(lab: () => SlurmLab): void {
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
      return lab().submit(name, [...exports, line].join('\n'), [memory, ...own, ...options]);
    }

    function printed(name: string): string {
      const file = join(home(), `${name}.out`);
      return existsSync(file) ? readFileSync(file, 'utf8') : '';
    }

    test('two ranks of PMI find each other through the broker', async () => {
      const job = await submit('ranks', `srun --mpi=pmi2 ${up('pmi')} --memory 8M --pmi`, ['--mem=40', '-N1', '-n2']);
      expect(await lab().ended(job), printed('ranks')).toBe('COMPLETED');
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
      await lab().until('it stays', async () => written().includes('staying'));
      const { domains } = (await lwdJson(['ps'])) as { domains: { name: string; uuid: string; batch: object }[] };
      const [theirs] = domains.filter(({ name }) => name === `lwd-${job}-0-0`);
      expect(ownerOf(theirs?.uuid ?? '')).toBe(user);
      expect(theirs?.batch).toMatchObject({ job, component: String(Number(job) + 1) });
      process.kill(Number(/^runner (\d+)$/m.exec(written())?.[1]), 'SIGKILL');
      await lab().ended(String(Number(job) + 1));
      expect(await domainsOf(job)).toEqual([]);
    });
  });
}
