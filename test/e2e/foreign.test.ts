/** A kernel that is not lwd's: Debian's Linux, with a program of ours as its init. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { initArchive } from '../../bench/lab/archive.js';
import { dom0, lwd, lwdEnding, lwdJson, ownDomain, root, runProgram, startLwd } from './lwd.js';

let folder: string;
let kernel: string;
let ramdisk: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lwd-foreign-'));
  const program = join(folder, 'init');
  await runProgram(['clang-19', '-O2', '-static', join(root, 'test/guest/linux-init/init.c'), '-o', program]);
  ramdisk = join(folder, 'init.cpio');
  writeFileSync(ramdisk, initArchive(readFileSync(program)));
  const status = (await lwdJson(['host', 'status'])) as { embedded: { image: string } };
  kernel = join(status.embedded.image, 'vmlinuz');
});

afterAll(() => rmSync(folder, { recursive: true }));

const quiet = 'console=hvc0 quiet';

test('Linux as PV says what it has to say, gives processors back and takes them; its power off is status 0', async () => {
  const name = ownDomain('linux');
  const wish = ['--vcpus', '2', '--cmdline', `${quiet} END=cpus`, '--name', name];
  const up = startLwd(['up', '--kernel', kernel, '--ramdisk', ramdisk, ...wish], { timeout: 170_000 });
  await up.printed('Linux, rank none');
  for (const count of ['1', '2']) {
    const set = await lwdJson(['cpu', 'set', name, count, '--timeout', '60s']);
    expect(set).toMatchObject({ domains: [{ name, online: Number(count), most: 2 }] });
    expect(await dom0('xl', 'list', name)).toMatch(new RegExp(`${name} +\\d+ +\\d+ +${count} `));
  }
  expect((await lwdEnding(64, ['cpu', 'set', name, '3'])).stderr).toContain('has 2 vCPUs, and not 3');
  // It powers off when it sees this: before lwd has looked, or after.
  await lwd(['cpu', 'set', name, '1']);
  expect((await up.ended).status).toBe(0);
});

test('Linux as PVH finds its number in its environment, and its panic is a crash', async () => {
  const more = ['--type', 'pvh', '--count', '1', '--name', ownDomain('linux'), '--cmdline', `${quiet} END=panic`];
  const up = await lwdEnding(134, ['up', '--kernel', kernel, '--ramdisk', ramdisk, ...more], { timeout: 170_000 });
  expect(up.stdout).toContain('Linux, rank 0');
  expect(up.stderr).toContain('panicked');
});

test("what is for lwd's own kernel is refused", async () => {
  const refused = [
    ['--env', 'A=1'],
    ['--trace', 'out.json'],
    ['--', 'argument'],
  ];
  for (const words of refused) await lwdEnding(64, ['up', '--kernel', kernel, ...words]);
  await lwdEnding(64, ['up', '--cmdline', 'x']);
  expect((await lwdEnding(64, ['up', '--kernel', kernel, '--ramdisk', '/nowhere'])).stderr).toContain('/nowhere');
  await lwdEnding(73, ['up', '--kernel', ramdisk]);
});
