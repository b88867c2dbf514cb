/** Where domains run: CPUs that lwd chose, pools that come and go with their domain, and what does not fit. */
import { expect, test } from 'vitest';
import { dom0, guestFolder, lwdEnding, lwdJson, ownDomain } from './lwd.js';

const cwd = guestFolder('linger');

async function pools(): Promise<unknown> {
  return ((await lwdJson(['pool', 'list'])) as { pools: unknown }).pools;
}

test('an exclusive pool comes and goes with its domain; what does not fit is refused before anything is made', async () => {
  const [name, other] = [ownDomain('pooled'), ownDomain('other')];
  const before = await pools();
  const up = await lwdEnding(0, ['up', '-d', '--name', name, '--pool', 'exclusive', '--', 'sleep'], { cwd });
  expect(up.stderr).toContain('whole cores were free; in pool');
  const pool = / in pool (\S+),/.exec(up.stderr)?.[1] ?? 'none';
  expect(await dom0('xl', 'list', '-c', name)).toMatch(new RegExp(` ${pool}\\s*$`));
  expect(await lwdJson(['inspect', name])).toMatchObject({ placement: expect.stringMatching(/^CPUs \d+ of node 0/) });
  // dom0 has to keep a CPU.
  await lwdEnding(71, ['up', '-d', '--name', other, '--pool', 'exclusive', '--', 'sleep'], { cwd });
  expect((await lwdEnding(64, ['pool', 'rm', pool])).stderr).toContain('1 domain(s)');
  expect((await lwdEnding(64, ['cpu', 'set', name, '2'])).stderr).toContain('one vCPU');
  const large = await lwdEnding(71, ['up', '-d', '--name', other, '--cpus', 'auto', '--memory', '1T'], { cwd });
  expect(large.stderr).toContain('MiB free');
  await lwdEnding(0, ['down', '--now', '--selector', `name=${name.slice(0, -2)}*`]);
  expect(await pools()).toEqual(before);
});

test('a list of all CPUs is one, and of a CPU that is not there nothing is made', async () => {
  const name = ownDomain('listed');
  const count = Number(/^nr_cpus\s*: (\d+)/m.exec(await dom0('xl', 'info'))?.[1]);
  const all = `0-${count - 1}`;
  await lwdEnding(0, ['up', '-d', '--name', name, '--cpus', all, '--', 'sleep'], { cwd });
  await lwdEnding(0, ['pin', name, '--cpus', '0'], { cwd });
  await lwdEnding(0, ['pin', name, '--cpus', all], { cwd });
  const pinned = await lwdEnding(73, ['pin', name, '--cpus', '99'], { cwd });
  expect(pinned.stderr).toContain(`the host has CPUs ${all}`);
  await lwdEnding(0, ['down', '--now', name]);
  const refused = await lwdEnding(73, ['up', '-d', '--name', name, '--cpus', `0,${count}`, '--', 'sleep'], { cwd });
  expect(refused.stderr).toContain(`was to run on CPUs 0,${count}, but `);
  expect(refused.stderr).toContain(`it has CPUs ${all};`);
  expect(await dom0('xl', 'list')).not.toContain(name);
});

test('one that has ended gives no memory back, and nobody waits for it', async () => {
  const name = ownDomain('over');
  await lwdEnding(0, ['up', '-d', '--name', name, '--', 'exit'], { cwd });
  await lwdEnding(1, ['wait', name]);
  const set = await lwdEnding(127, ['mem', 'set', name, '6M', '--timeout', '10m']);
  expect(set.stderr).toContain(`${name}: it has ended`);
  await lwdEnding(0, ['rm', name]);
});
