/**
 * lwd in a dom0 itself, as root: no ssh, and no compiler, there are none in there. What it does for users of that dom0 by its
 * broker is in dom0-users.long.ts, which takes longer.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inside, installInDom0, removeFromDom0 } from './inside-dom0.js';
import { dom0, xenDomains } from './lwd.js';

beforeAll(installInDom0, 600_000);
afterAll(removeFromDom0);

test('root: what is missing there, and a domain with a folder, with neither ssh nor a compiler', async () => {
  await dom0('sh', '-c', '! command -v ssh clang-19');
  const found = (await inside(0, 'doctor')).stdout;
  expect(found).toContain('host local (this is a Xen control domain): xl works');
  expect(found).toContain('no clang-19 (to build; images that were built elsewhere run without)');
  const ended = await inside(
    7,
    'up',
    '/opt/guests/bundle',
    '--memory',
    '16M',
    '--volume',
    '/home/alice:/data',
    '--',
    '7',
  );
  expect(ended.stdout).toContain('/data/given: secret alice\n');
  // A folder's server is who owns the folder.
  expect(await dom0('stat', '-c', '%u', '/home/alice/left')).toBe('65001\n');
  expect(await xenDomains()).toEqual([]);
}, 600_000);
