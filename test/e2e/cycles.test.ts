/** Fifty domains one after the other, ended in every way: the host is afterwards as it was. */
import { expect, test } from 'vitest';
import { dom0, guestFolder, lwdEnding, startLwd, xenDomains } from './lwd.js';

const cycles = 50;
const minutes = 60_000;

interface Snapshot {
  domains: string[];
  freeMiB: number;
  storeNodes: number;
  logs: string;
  processes: string;
}

async function snapshot(): Promise<Snapshot> {
  const info = await dom0('xl', 'info');
  return {
    domains: await xenDomains(),
    freeMiB: Number(/^free_memory\s*:\s*(\d+)/m.exec(info)?.[1]),
    storeNodes: (await dom0('xenstore-ls')).split('\n').length,
    logs: await dom0('ls', '/var/log/xen/console'),
    processes: (await dom0('ps'))
      .split('\n')
      .filter((line) => /\b(xl|tail|cat|xenstore)\b/.test(line))
      .join('\n'),
  };
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

test(`${cycles} domains leave nothing behind`, { timeout: 20 * minutes }, async () => {
  // The first of each kind may leave what is kept once: pushed images, xenstored's own pages.
  for (let index = 0; index < 5; index += 1) await runOne(index);
  const before = await snapshot();
  expect(before.domains).toEqual([]);
  for (let index = 0; index < cycles; index += 1) await runOne(index);
  // Xen scrubs and gives back a dead domain's memory a moment after its end.
  await expect
    .poll(async () => (await snapshot()).freeMiB, { timeout: minutes })
    .toBeGreaterThanOrEqual(before.freeMiB - 1);
  const after = await snapshot();
  expect({ ...after, freeMiB: 0 }).toEqual({ ...before, freeMiB: 0 });
});
