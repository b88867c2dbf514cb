/** What stands on lwd/memory.h: paging from a disk, and memory that ranks share. */
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { guestFolder, lwd, ownDomain } from './lwd.js';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lwd-paging-'));
});

afterAll(() => rmSync(folder, { recursive: true }));

test.each(['pv', 'pvh'])('a range of 12 MiB on a disk, of which 1 MiB may be in memory, %s', async (type) => {
  const disk = join(folder, `${type}.img`);
  writeFileSync(disk, '');
  truncateSync(disk, 12 << 20);
  const flags = ['--type', type, '--name', ownDomain(`pager-${type}`), '--disk', `${disk}:xvda`];
  const { stdout, status } = await lwd(['up', ...flags], { cwd: guestFolder('pager') });
  expect(stdout.match(/^FAILURE .*$/gm) ?? []).toEqual([]);
  expect({ status, stdout }).toMatchObject({ status: 0 });
});

test.each(['pv', 'pvh'])('ranks that share memory, %s', async (type) => {
  const { stdout, status } = await lwd(['up', '--type', type, '--name', ownDomain(`dsm-${type}`)], {
    cwd: guestFolder('dsm'),
  });
  expect(stdout.match(/^FAILURE .*$/gm) ?? []).toEqual([]);
  expect({ status, stdout }).toMatchObject({ status: 0 });
});
