/** Two hundred domains, ended in every way, PV and PVH: the host is afterwards as it was. `npm run soak` makes thousands. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { dom0, guestFolder, lwdEnding, root, startLwd } from './lwd.js';

const cycles = 200;
/** Of these each is a command of its own. */
const ofEachEnd = 4;
/** On an emulated host they take twice as long. */
const pvh = 40;
const minutes = 60_000;

/** What the host has, by scripts/leaks.sh. */
async function counted(): Promise<Record<string, number>> {
  const script = readFileSync(join(root, 'scripts/leaks.sh'), 'utf8');
  const lines = (await dom0('sh', '-c', script)).trim().split('\n');
  return Object.fromEntries(lines.map((line) => [line.split(' ')[0], Number(line.split(' ')[1])]));
}

async function runOne(index: number): Promise<void> {
  switch (index % 5) {
    case 0:
      await lwdEnding(7, ['up', '--', '7'], { cwd: guestFolder('status') });
      break;
    case 1:
      await lwdEnding(136, ['up', '--', 'divide'], { cwd: guestFolder('crash') });
      break;
    case 2:
      await lwdEnding(0, ['up', '-d', '--name', 'cycle', '--', '0'], { cwd: guestFolder('status') });
      await lwdEnding(0, ['wait', 'cycle']);
      await lwdEnding(0, ['down', 'cycle']);
      break;
    case 3: {
      const up = startLwd(['up', '--name', 'cycle', '--', 'sleep'], { cwd: guestFolder('linger') });
      await up.printed('ready');
      up.signal('SIGTERM');
      await up.ended;
      break;
    }
    default:
      await lwdEnding(0, ['up', '-d', '--name', 'cycle', '--', 'spin'], { cwd: guestFolder('linger') });
      await lwdEnding(0, ['down', 'cycle', '--now']);
  }
}

/** Many by one command, which is the cheapest way to make them. */
async function runMany(type: string, count: number): Promise<void> {
  const flags = ['--count', String(count), '--parallel', '4', '--memory', '8M', '--type', type];
  await lwdEnding(0, ['up', '--quiet', '--name', `many-${type}`, ...flags, '--', '0'], {
    cwd: guestFolder('status'),
    timeout: 10 * minutes,
  });
}

test(`${cycles} domains leave nothing behind`, { timeout: 20 * minutes }, async () => {
  // The first of each kind may leave what is kept once: pushed images, xenstored's own pages.
  for (let index = 0; index < 5; index += 1) await runOne(index);
  await runMany('pv', 4);
  await runMany('pvh', 2);
  const before = await counted();
  expect(before.domains).toBe(2);
  for (let index = 0; index < ofEachEnd * 5; index += 1) await runOne(index);
  await runMany('pv', cycles - ofEachEnd * 5 - pvh);
  await runMany('pvh', pvh);
  // Xen scrubs and gives back a dead domain's memory a moment after its end; it counts in MiB.
  const settled = async () => {
    const after = await counted();
    const isBack = (after.free_memory ?? 0) >= (before.free_memory ?? 0) - 1;
    return { ...after, free_memory: isBack ? before.free_memory : after.free_memory };
  };
  await expect.poll(settled, { timeout: 2 * minutes, interval: 1000 }).toEqual(before);
});
