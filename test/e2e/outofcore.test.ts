/** The outofcore template: the same factors in a domain smaller than the matrix as on Linux, to the last bit. */
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { lwdEnding, ownDomain, runProgram } from './lwd.js';

let folder: string;

beforeAll(async () => {
  folder = join(mkdtempSync(join(tmpdir(), 'lwd-outofcore-')), 'outofcore');
  await lwdEnding(0, ['init', folder, '--template', 'outofcore']);
  writeFileSync(join(folder, 'scratch.img'), '');
  truncateSync(join(folder, 'scratch.img'), 5 << 20);
});

afterAll(() => rmSync(join(folder, '..'), { recursive: true }));

/** Without the line on time. */
function numbers(output: string): string[] {
  return output.split('\n').filter((line) => !line.startsWith('time '));
}

/** Milliseconds: 3.6e8 operations in vector registers, which are emulated. */
const timeout = 200_000;

test(
  'the factors are those of Linux',
  async () => {
    const command = 'clang-19 -O3 -ffp-contract=off src/*.c -lm -pthread -o ../outofcore-linux';
    await runProgram(['sh', '-c', command], { cwd: folder });
    const words = ['1024', '64', '600'];
    const linux = await runProgram([join(folder, '../outofcore-linux'), 'scratch.img', ...words], { cwd: folder });
    const args = ['up', '--name', ownDomain('outofcore'), '--memory', '4M', '--', '/dev/xvda', ...words];
    const domain = await lwdEnding(0, args, { cwd: folder, timeout });
    expect(domain.stdout).toMatch(/^digest {5}\w{16}$/m);
    expect(numbers(domain.stdout)).toEqual(numbers(linux));
  },
  timeout,
);
