/** What is done to domains that run, each judged by Xen's own tools: two domains, one of them busy, and all that happens told. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { dom0, guestFolder, lwd, lwdEnding, lwdJson, ownDomain, startLwd, xenDomains } from './lwd.js';

const minutes = 60_000;
/** Of those that stay: on a busy machine an emulated host takes ten times as long. */
const timeout = 9 * minutes;
const pool = 'lwd-test';

interface Event {
  schema: number;
  event: string;
  domain: { name: string };
}

interface Usage {
  schema: number;
  domains: {
    name: string;
    cpuSeconds: number;
    disk: { writtenBytes: number; bytesPerSecond: number };
    net: { sentBytes: number; bytesPerSecond: number };
  }[];
}

const lines = <T>(text: string) =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as T);

test('stats, events, pools, pins, leases, pauses, memory and vCPUs, read back', { timeout: 10 * minutes }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lwd-commands-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'disk'), Buffer.alloc(4096));
  const [busy, still] = [ownDomain('busy'), ownDomain('still')];
  onTestFinished(async () => void (await lwd(['pool', 'rm', pool])));
  const events = startLwd(['events', busy, still, '--json'], { timeout });
  const told = () => lines<Event>(events.output.stdout).map(({ event, domain }) => `${domain.name} ${event}`);

  const disk = ['--disk', `${join(folder, 'disk')}:xvda`];
  const up = startLwd(['up', '--name', busy, ...disk], { cwd: guestFolder('traffic'), timeout });
  await up.printed('busy');
  const linger = guestFolder('linger');
  await lwdEnding(0, ['up', '-d', '--name', still, '--lease', '10m', '--', 'sleep'], { cwd: linger });
  const following = startLwd(['logs', '-f', busy], { timeout });
  const watching = startLwd(['stats', busy, '--watch', '--json'], { timeout });

  const [cpus, memory] = await Promise.all([
    lwdJson(['cpu', 'set', still, '1']),
    lwdJson(['mem', 'get', '--selector', `name=${busy}`]),
    lwdEnding(0, ['pin', still, '--vcpu', '0', '--cpus', '1']),
  ]);
  expect(cpus).toMatchObject({ schema: 2, domains: [{ name: still, online: 1, most: 1 }] });
  const own = { name: busy, memoryBytes: 16 << 20, targetBytes: 16 << 20, mostBytes: 32 << 20 };
  expect(memory).toMatchObject({ schema: 2, domains: [own] });
  const pinned = await lwdJson(['pin', '--all', '--soft', '--cpus', '0']);
  expect(pinned).toMatchObject({ domains: expect.arrayContaining([expect.objectContaining({ name: busy })]) });
  const places = await dom0('xl', 'vcpu-list');
  expect(places).toMatch(new RegExp(`^${still} .* 1 / 0\\s*$`, 'm'));
  expect(places).toMatch(new RegExp(`^${busy} .* all / 0\\s*$`, 'm'));

  const made = { name: pool, cpus: [1], scheduler: 'credit', domains: 0 };
  expect(await lwdJson(['pool', 'create', pool, '--cpus', '1', '--scheduler', 'credit'])).toMatchObject({ pool: made });
  expect(await lwdJson(['pool', 'move', still, pool])).toMatchObject({ domains: [{ name: still, pool }] });
  const xlPools = () => dom0('sh', '-c', 'xl cpupool-list; xl cpupool-list -c; xl list -c');
  const inPool = await xlPools();
  expect(inPool).toMatch(new RegExp(`^${pool} +1 +credit +y +1$`, 'm'));
  expect(inPool).toMatch(new RegExp(`^${still} .* ${pool}\\s*$`, 'm'));
  const { pools } = (await lwdJson(['pool', 'list'])) as { pools: object[] };
  expect(pools).toContainEqual(expect.objectContaining({ ...made, domains: 1 }));
  await lwdEnding(0, ['pool', 'move', still, 'Pool-0']);
  await lwdEnding(0, ['pool', 'rm', pool]);
  const without = await xlPools();
  expect(without).toMatch(/^Pool-0 +0,1$/m);
  expect(without).toMatch(new RegExp(`^${still} .* Pool-0\\s*$`, 'm'));

  const leases = JSON.parse((await lwdEnding(125, ['lease', busy, still, '--json'])).stdout) as { domains: object[] };
  expect(leases.domains).toMatchObject([
    { name: busy, leaseSeconds: null },
    { name: still, leaseSeconds: 600 },
  ]);
  await lwdEnding(0, ['pause', '--selector', `name=${still}`]);
  expect(await dom0('xl', 'list', still)).toMatch(/ -[b-]p--- /);
  await expect.poll(told, { timeout: minutes }).toContain(`${still} paused`);
  // It goes on to hear of its end.
  expect((await lwdEnding(0, ['stop', still, '--grace', '60s'])).stdout).toContain('exited(143)');
  await lwdEnding(0, ['rm', '--selector', 'state=exited']);

  await expect.poll(() => watching.output.stdout, { timeout: minutes }).toMatch(/\n.*\n/);
  for (const each of [watching, following]) each.signal('SIGINT');
  expect((await following.ended).status).toBe(130);
  expect((await watching.ended).status).toBe(130);
  const samples = lines<Usage>(watching.output.stdout);
  for (const { schema, domains } of samples) expect([schema, domains.length]).toEqual([2, 1]);
  const [first, last] = [samples[0]?.domains[0], samples.at(-1)?.domains[0]];
  expect(last?.disk.bytesPerSecond).toBeGreaterThan(0);
  expect(last?.disk.writtenBytes).toBeGreaterThan(first?.disk.writtenBytes ?? Number.NaN);
  expect(last?.net.sentBytes).toBeGreaterThan(first?.net.sentBytes ?? Number.NaN);
  expect(last?.cpuSeconds).toBeGreaterThan(0);

  // Somebody's xl has made a domain with lwd's mark, of which nobody has written anything down.
  const kernel = JSON.parse(await dom0('xl', 'list', '-l', busy))[0].config.b_info.kernel;
  const half = `kernel="${kernel}";name="half-made";memory=16;uuid="6c776400-0000-8000-8000-00000000dead"`;
  await dom0('xl', 'create', '-p', '-q', '/dev/null', half);
  // A look of anybody's finds it.
  expect(JSON.stringify(await lwdJson(['ps']))).not.toContain('half-made');
  expect(await xenDomains()).toEqual([busy]);
  // What xenconsoled kept of it, in whatever folder, nobody has written down either.
  await dom0('rm', '/var/log/xen/console/guest-half-made.log');

  await lwdEnding(0, ['down', busy, '--now']);
  expect((await up.ended).status).toBe(137);
  await expect.poll(told, { timeout: minutes }).toContain(`${busy} gone`);
  events.signal('SIGTERM');
  expect((await events.ended).status).toBe(143);
  const of = (name: string) =>
    told()
      .filter((line) => line.startsWith(name))
      .join();
  expect(of(still)).toMatch(/^\S+ created.* paused.* ended.* gone$/);
  expect(of(busy)).toMatch(/^\S+ created.* gone$/);
});
