/** Guest programs that judge for themselves: one line a test, "SUCCESS name", SKIP or FAILURE with a reason. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { guestFolder, lwd, runProgram, startedNow } from './lwd.js';

/** Names of the tests in a topic's sources, in any order. */
function testNames(topic: string): string[] {
  const folder = guestFolder(topic);
  const sources = readdirSync(folder).filter((file) => file.endsWith('.c'));
  const text = sources.map((file) => readFileSync(join(folder, file), 'utf8')).join('\n');
  return [...text.matchAll(/^TEST\((\w+)\)/gm)].map((match) => match[1] ?? '').sort();
}

test.each(['gang', 'libc', 'libraries', 'memory', 'names', 'pages', 'sched', 'sockets', 'threads', 'vector'])(
  '%s',
  async (topic) => {
    const ended = await lwd(['up', ...startedNow()], { cwd: guestFolder(topic), holdInput: true });
    const verdicts = [...ended.stdout.matchAll(/^(SUCCESS|SKIP|FAILURE) (\w+)(.*)$/gm)];
    const bad = verdicts.filter(([, verdict]) => verdict === 'FAILURE').map(([line]) => line);
    expect(bad).toEqual([]);
    expect(verdicts.map(([, , name]) => name).sort()).toEqual(testNames(topic));
    for (const [line, verdict] of verdicts) if (verdict === 'SKIP') console.log(`${topic}: ${line}`);
    expect(ended.status).toBe(0);
  },
);

/** Doubles by their bits, as whole numbers that are neighbours where the doubles are. */
function position(bits: string): bigint {
  const value = BigInt(`0x${bits}`);
  return value < 1n << 63n ? value : (1n << 63n) - value;
}

test.each(['pv', 'pvh'])("libm's results are those of Linux, %s", async (type) => {
  const folder = mkdtempSync(join(tmpdir(), 'lwd-libm-'));
  const program = join(folder, 'libm');
  const source = guestFolder('libm', 'main.c');
  await runProgram(['clang-19', '-O1', '-fno-builtin', '-ffp-contract=off', source, '-lm', '-o', program]);
  const linux = (await runProgram([program])).trim().split('\n');
  rmSync(folder, { recursive: true });
  const here = (await lwd(['up', '--type', type], { cwd: guestFolder('libm') })).stdout.trim().split('\n');
  expect(here.length).toBe(linux.length);
  expect(here.length).toBeGreaterThan(1000);
  const far = here.filter((line, index) => {
    const [ulps = '', name, , result = ''] = line.split(' ');
    const [, otherName, , otherResult = ''] = (linux[index] ?? '').split(' ');
    const distance = position(result) - position(otherResult);
    return name !== otherName || (distance < 0 ? -distance : distance) > BigInt(ulps);
  });
  expect(far).toEqual([]);
});
