/**
 * The outofcore template as a Linux program under ASan and UBSan: whatever part of the matrix is in memory, the factors have
 * the same bits. What it prints in a domain is compared with what it prints here by the e2e tests.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packageRoot } from '../../../src/sys/package-root.js';
import { llvmRelease } from '../../../src/toolchain/target.js';

let folder: string;
let disk: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lwd-outofcore-'));
  disk = join(folder, 'disk.img');
  writeFileSync(disk, '');
  truncateSync(disk, 1 << 20);
  const sources = join(packageRoot(), 'templates/outofcore/src');
  const files = readdirSync(sources).filter((name) => name.endsWith('.c'));
  const checks = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all', '-Wall', '-Wextra', '-Werror'];
  const flags = ['-O1', '-g', '-ffp-contract=off', '-pthread', ...checks];
  const command = [...flags, ...files.map((name) => join(sources, name)), '-lm', '-o', join(folder, 'outofcore')];
  execFileSync(`clang-${llvmRelease}`, command, { stdio: 'inherit' });
}, 60_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function outofcore(...args: string[]) {
  const env = { ASAN_OPTIONS: 'detect_leaks=0' };
  const result = spawnSync(join(folder, 'outofcore'), args, { encoding: 'utf8', cwd: folder, env });
  return { status: result.status, out: result.stdout, err: result.stderr };
}

test.each([
  ['32', '32'],
  ['96', '32'],
  ['320', '32'],
  ['256', '64'],
])('%s unknowns in tiles of %s: the same factors, however much is in memory', (unknowns, side) => {
  const digests = new Set<string | undefined>();
  for (const memory of ['1', '200', '100000']) {
    const { status, out, err } = outofcore(disk, unknowns, side, memory);
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(Number(/^residual +(\S+)$/m.exec(out)?.[1])).toBeLessThan(1);
    expect(Number(/^error +(\S+)$/m.exec(out)?.[1])).toBeLessThan(1e-12);
    digests.add(/^digest +(\w+)$/m.exec(out)?.[1]);
  }
  expect(digests.size).toBe(1);
});

test.each([
  [[], 'usage'],
  [['none.img'], 'none.img: No such file'],
  [['disk.img', '0'], 'the unknowns: "0" is no whole number'],
  [['disk.img', '96', '33'], 'multiple of 32'],
  [['disk.img', '100', '32'], 'divides the unknowns'],
  [['disk.img', '1024', '128'], 'disk.img has 1024 KiB, and the matrix 4608'],
  [['disk.img', '32', '32', '1', '1'], 'usage'],
])('%j', (args, message) => {
  expect(outofcore(...args)).toMatchObject({ status: 2, err: expect.stringContaining(message) });
});
