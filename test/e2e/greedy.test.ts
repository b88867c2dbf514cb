/**
 * A guest that takes whatever it is not refused (test/guest/greedy): what it gets of each is bounded, dom0 goes on answering and
 * making domains, its memory stays, and nothing is left when the guest is taken down.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { dom0, guestFolder, lwdEnding, lwdJson, ownDomain, root } from './lwd.js';

const cwd = guestFolder('greedy');
const status = guestFolder('status');
/** MiB of dom0's memory that may be gone while it goes on: buffers for packets, the log, and what lwd itself runs there. */
const mostMemory = 48;
/** Nodes that xenstored lets a domain have. */
const nodeQuota = 1000;
const longest = 60_000;

/** Each line that it reads goes to port 9 of the domain, as a packet. */
const send = `
busybox syslogd -n -R 10.0.3.90:9 >/dev/null 2>&1 & daemon=$!
until [ -S /dev/log ]; do sleep 0.1; done
eval "$1" | busybox logger
kill $daemon
rm -f /dev/log`;

async function counted(): Promise<Record<string, number>> {
  const script = readFileSync(join(root, 'scripts/leaks.sh'), 'utf8');
  const lines = (await dom0('sh', '-c', script)).trim().split('\n');
  return Object.fromEntries(lines.map((line) => [line.split(' ')[0], Number(line.split(' ')[1])]));
}

/** MiB that dom0's programs could still have. */
async function availableMemory(): Promise<number> {
  return Number(/^MemAvailable: +(\d+) kB$/m.exec(await dom0('cat', '/proc/meminfo'))?.[1]) / 1024;
}

/** lwd and dom0 do for others what they always do. */
async function expectResponsive(name: string): Promise<void> {
  const { domains } = (await lwdJson(['ps'], { timeout: longest })) as { domains: { name: string; state: string }[] };
  expect(domains).toMatchObject([{ name, state: 'running' }]);
  await lwdEnding(3, ['up', '--', '3'], { cwd: status, timeout: longest });
}

test('a greedy domain gets so much and no more, and the host is everybody else’s', { timeout: 400_000 }, async () => {
  const name = ownDomain('greedy');
  const logs = async () => (await lwdEnding(0, ['logs', name])).stdout;
  const said = (text: string) => expect.poll(logs, { timeout: longest, interval: 300 }).toContain(text);
  // What is kept once is there after these.
  await lwdEnding(3, ['up', '--', '3'], { cwd: status });
  await lwdEnding(0, ['up', '-d', '--name', name], { cwd });
  await said('waiting');
  await lwdEnding(0, ['down', '--now', name]);
  const before = await counted();
  const free = await availableMemory();

  await lwdEnding(0, ['up', '-d', '--name', name], { cwd });
  await said('waiting');
  await dom0('sh', '-c', send, 'sh', 'echo begin; sleep 1; echo begin');
  await said('writing');
  const got = Object.fromEntries(
    [...(await logs()).matchAll(/^(\w+) (\d+), then/gm)].map(([, what, n]) => [what, Number(n)]),
  );
  const config = (await lwdEnding(0, ['config'], { cwd })).stdout;
  const limit = (key: string) => Number(new RegExp(`^${key}=(\\d+)$`, 'm').exec(config)?.[1]);
  expect(got.channels).toBeGreaterThan(0);
  expect(got.channels).toBeLessThan(limit('max_event_channels'));
  expect(got.grants).toBeGreaterThan(0);
  expect(got.grants).toBeLessThan(limit('max_grant_frames') * 512);
  expect(got.nodes).toBeGreaterThan(0);
  expect(got.nodes).toBeLessThan(nodeQuota);
  await expectResponsive(name);

  await said('silent');
  // Of its log, which is dom0's memory here, xenconsoled writes no more than so much a second.
  expect(await availableMemory()).toBeGreaterThan(free - mostMemory);
  const line = 'x'.repeat(900);
  await dom0('sh', '-c', send, 'sh', `yes ${line} | head -n 5000`);
  await expectResponsive(name);
  expect(await availableMemory()).toBeGreaterThan(free - mostMemory);

  await lwdEnding(0, ['down', '--now', name], { timeout: longest });
  const settled = async () => {
    const after = await counted();
    const isBack = (after.free_memory ?? 0) >= (before.free_memory ?? 0) - 1;
    return { ...after, free_memory: isBack ? before.free_memory : after.free_memory };
  };
  await expect.poll(settled, { timeout: longest, interval: 1000 }).toEqual(before);
});
