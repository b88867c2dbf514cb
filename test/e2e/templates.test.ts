/** Templates whose results are those of Linux, or of a run that was not interrupted. */
import { mkdtempSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { lwd, lwdEnding, lwdJson, ownDomain, runProgram } from './lwd.js';

/** A new project of a template. */
async function project(template: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'lwd-template-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const cwd = join(folder, template);
  await lwdEnding(0, ['init', cwd, '--template', template]);
  return cwd;
}

function withoutTime(output: string): string[] {
  return output.split('\n').filter((line) => !/^time /.test(line));
}

/** The counts of pages apart from all else: a domain may have some ahead of their first write. */
function apart(output: string): { words: string[]; pages: number[] } {
  const pages = [...output.matchAll(/ (\d+) of \d+ pages /g)].map(([, count]) => Number(count));
  return { words: withoutTime(output.replaceAll(/ \d+ of (\d+) pages /g, ' … of $1 pages ')), pages };
}

test('sparse: the numbers of Linux, and hardly more pages', async () => {
  const cwd = await project('sparse');
  const sources = ['main', 'tiles', 'cholesky'].map((name) => `src/${name}.c`);
  const flags = ['-O3', '-ffp-contract=off', ...sources, 'linux/projection.c', '-lm', '-o', 'on-linux'];
  await runProgram(['clang-19', ...flags], { cwd });
  const linux = await runProgram([join(cwd, 'on-linux'), '4', '8'], { cwd });
  for (const type of ['pv', 'pvh']) {
    const here = await lwdEnding(0, ['up', '--type', type, '--name', ownDomain('sparse'), '--', '4', '8'], { cwd });
    const [ours, theirs] = [apart(here.stdout), apart(linux)];
    expect(ours.words).toEqual(theirs.words);
    for (const [index, count] of ours.pages.entries()) {
      expect(count).toBeGreaterThanOrEqual(theirs.pages[index] ?? 0);
      expect(count).toBeLessThan((theirs.pages[index] ?? 0) + 64);
    }
    expect(ours.pages.length).toBe(3);
  }
  await lwdEnding(2, ['up', '--name', ownDomain('sparse'), '--', 'x'], { cwd });
});

test('checkpoint: the same bits after a restart, and after a damaged checkpoint', async () => {
  const cwd = await project('checkpoint');
  const run = async (...args: string[]) =>
    await lwdEnding(0, ['up', '--name', ownDomain('checkpoint'), '--', ...args], { cwd });
  const digest = (ended: { stdout: string }) => /^digest (\w+)$/m.exec(ended.stdout)?.[1];
  const whole = await run('256', '60', '100');
  await run('256', '40', '10');
  const last = join(cwd, 'checkpoints', 'step-000000000040');
  truncateSync(last, 20_000);
  const again = await run('256', '60', '10');
  expect(again.stderr).toContain('step 40 is damaged');
  expect(again.stdout).toMatch(/^goes on from step 30$/m);
  // An increment holds what the front of the heat reached, and no more.
  const pages = /^step 60: wrote (\d+) of (\d+) pages$/m.exec(again.stdout);
  expect(Number(pages?.[1])).toBeLessThan(Number(pages?.[2]) / 2 + 10);
  expect(digest(again)).toBe(digest(whole));
});

test("gang: three schedulers, one of them the program's own, and the same bits", async () => {
  const cwd = await project('gang');
  for (const type of ['pv', 'pvh']) {
    const flags = ['up', '--type', type, '--name', ownDomain('gang')];
    const { stdout } = await lwdEnding(0, [...flags, '--', '10', '6'], { cwd });
    expect(stdout).toMatch(/^Cholesky +60 x 60, 220 tasks on tiles of 6 rows$/m);
    const ways = [...stdout.matchAll(/^(\w+) +[\d.]+ us a task, residual (\S+)$/gm)];
    expect(ways.map(([, name]) => name)).toEqual(['pthreads', 'gang', 'own']);
    for (const [, , residual] of ways) expect(Number(residual)).toBeLessThan(1e-14);
  }
  await lwdEnding(2, ['up', '--name', ownDomain('gang'), '--', '10'], { cwd });
});

/** Where a domain is, as soon as it is anywhere. */
async function addressOf(name: string): Promise<string> {
  for (;;) {
    const { addresses, state } = (await lwdJson(['inspect', name])) as { addresses: string[]; state: string };
    if (addresses[0] !== undefined) return addresses[0];
    if (state !== 'running') throw new Error(`${name} has no address and is ${state}`);
  }
}

test('dsm: two domains compute what one does', async () => {
  const cwd = await project('dsm');
  const digest = (output: string) => /^digest (\w+)$/m.exec(output)?.[1];
  const work = ['--', '128', '10'];
  const alone = await lwdEnding(0, ['up', '--name', ownDomain('dsm-alone'), ...work], { cwd });
  const [first, second] = [ownDomain('dsm-0'), ownDomain('dsm-1')];
  await lwdEnding(0, ['up', '-d', '--name', first, '--env', 'DSM_RANKS=2', ...work], { cwd });
  const coordinator = `DSM_COORDINATOR=${await addressOf(first)}`;
  const rank = ['--env', 'DSM_RANKS=2', '--env', 'DSM_RANK=1', '--env', coordinator];
  // The other type: ranks need not be alike.
  const ended = await lwd(['up', '--type', 'pvh', '--name', second, ...rank, ...work], { cwd });
  await lwd(['wait', first], { cwd });
  const { stdout } = await lwd(['logs', first], { cwd });
  await lwd(['down', first], { cwd });
  expect({ status: ended.status, stdout: ended.stdout }).toMatchObject({ status: 0 });
  // Only rows at the border come over, the first time by waiting for them.
  expect(ended.stdout).toMatch(/^rank 1: \d pages touched, \d+ foreseen, 0 differences sent$/m);
  expect(digest(alone.stdout)).toMatch(/^[0-9a-f]{16}$/);
  expect(digest(stdout)).toBe(digest(alone.stdout));
}, 200_000);

test('parts: five domains by one command, the last when four have succeeded', async () => {
  const cwd = await project('parts');
  const name = ownDomain('parts');
  const up = await lwdEnding(0, ['up', '--name', name], { cwd, timeout: 170_000 });
  const lines = up.stdout.trimEnd().split('\n');
  expect(lines.slice(0, 4).sort()).toEqual([0, 1, 2, 3].map((rank) => `part ${rank} of 4 is done`));
  expect(lines.slice(4)).toEqual(['pi is 3.141592653590, from 4 parts']);
  rmSync(join(cwd, 'out', 'part-2'));
  const again = await lwdEnding(1, ['up', '--name', name, '--only', 'sum'], { cwd });
  expect(again.stderr).toContain(`${name}-sum`);
});
