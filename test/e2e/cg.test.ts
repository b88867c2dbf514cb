/** The solver of the cg template: the same source, compiled for Linux, prints the same digits. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { lwdEnding, runProgram } from './lwd.js';

let folder: string;

beforeAll(async () => {
  folder = join(mkdtempSync(join(tmpdir(), 'lwd-cg-')), 'cg');
  await lwdEnding(0, ['init', folder, '--template', 'cg']);
});

afterAll(() => rmSync(join(folder, '..'), { recursive: true }));

/** Without the line on time, which no two runs share. */
function numbers(output: string): string[] {
  return output.split('\n').filter((line) => !/\btime\b|\bs$/.test(line));
}

async function linuxProgram(compiler: string): Promise<string> {
  const program = join(folder, '..', `cg-${compiler}`);
  const flags = ['-O3', '-ffp-contract=off'];
  await runProgram(['sh', '-c', `${compiler} ${flags.join(' ')} src/*.c -lm -o "$1"`, 'sh', program], { cwd: folder });
  return program;
}

// clang-19 is lwd's own; another compiler may be there or not.
const compilers = ['clang-19', 'gcc'].filter((name) => spawnSync(name, ['--version']).status === 0);

test.each(compilers)('the residual is that of Linux, compiled by %s', async (compiler) => {
  const program = await linuxProgram(compiler);
  const linux = await runProgram([program, 'laplacian:100']);
  const domain = await lwdEnding(0, ['up', '--', 'laplacian:100'], { cwd: folder });
  expect(numbers(domain.stdout)).toEqual(numbers(linux));
  expect(domain.stdout).toMatch(/residual/);
});

test('its statuses say what became of it', async () => {
  await lwdEnding(1, ['up', '--', 'laplacian:100', '3'], { cwd: folder });
  await lwdEnding(2, ['up', '--', '/no/such/matrix'], { cwd: folder });
});
