/** Domains whose memory changes while they run: what the host says, what the domain says, and what is refused. */
import { expect, test } from 'vitest';
import { dom0, guestFolder, lwd, lwdEnding, lwdJson, ownDomain } from './lwd.js';

interface Sizes {
  domains: { memoryBytes: number; mostBytes: number; reached?: boolean }[];
}

async function changed(name: string, size: string): Promise<Sizes['domains'][number] | undefined> {
  return ((await lwdJson(['mem', 'set', name, size, '--timeout', '90s'])) as Sizes).domains[0];
}

test.each(['pv', 'pvh'])('what a %s domain says of it', async (type) => {
  const ended = await lwd(['up', '--type', type, '--name', ownDomain(`own-${type}`)], { cwd: guestFolder('balloon') });
  expect(ended.stdout.match(/^FAILURE .*$/gm) ?? []).toEqual([]);
  expect(ended.stdout.match(/^SUCCESS /gm)?.length).toBe(5);
  expect(ended.status).toBe(0);
});

test.each(['pv', 'pvh'])('a %s domain gives memory back, and grows beyond what it began with', async (type) => {
  const name = ownDomain(`size-${type}`);
  await lwdEnding(0, ['up', '-d', '--type', type, '--name', name, '--', 'follow'], { cwd: guestFolder('balloon') });
  const MiB = 2 ** 20;
  for (const size of [48, 320, 64]) {
    const { memoryBytes = 0, reached } = (await changed(name, `${size}M`)) ?? {};
    expect(reached).toBe(true);
    expect(Math.abs(memoryBytes / MiB - size)).toBeLessThanOrEqual(1);
    expect(
      Math.abs(Number((await dom0('xl', 'list', name)).split('\n')[1]?.split(/ +/)[2]) - size),
    ).toBeLessThanOrEqual(1);
  }
  // No numbers, and more than there is in the world: the domain stays as it is.
  const target = `/local/domain/${(await dom0('xl', 'domid', name)).trim()}/memory/target`;
  for (const nonsense of ['x', '-65536', '99999999999999999999999999', ''])
    await dom0('xenstore-write', '--', target, nonsense);
  const beyond = await lwdEnding(64, ['mem', 'set', name, '400M']);
  expect(beyond.stderr).toContain('320 MiB at the most');
  const least = await lwd(['mem', 'set', name, '1M', '--timeout', '2s']);
  expect(least.status).toBe(124);
  expect(least.stderr).toContain('what it has in use stays with it');
  expect((await changed(name, '256M'))?.reached).toBe(true);
  const { stdout } = await lwdEnding(0, ['logs', name]);
  for (const size of [48, 320, 64, 256]) expect(stdout).toContain(`told of ${size} MiB, all there\n`);
  await lwdEnding(0, ['down', name]);
});
