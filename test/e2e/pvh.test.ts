/**
 * The same images by the other way in: what guest programs say of themselves, and how they end, as PVH. Those that need
 * devices or are compared with Linux have both types in their own files.
 */
import { expect, test } from 'vitest';
import { guestFolder, lwd, lwdEnding, lwdJson, ownDomain, startedNow } from './lwd.js';

test.each(['gang', 'gigabyte', 'libc', 'memory', 'names', 'pages', 'sched', 'sockets', 'threads', 'vector'])(
  '%s',
  async (topic) => {
    const name = ownDomain(`pvh-${topic}`);
    const ended = await lwd(['up', '--type', 'pvh', '--name', name, ...startedNow()], {
      cwd: guestFolder(topic),
      holdInput: true,
    });
    expect(ended.stdout.match(/^FAILURE .*$/gm) ?? []).toEqual([]);
    expect(ended.stdout).toMatch(/^SUCCESS /m);
    expect(ended.status).toBe(0);
  },
);

test.each([
  ['null-read', 139, /read of 0x0 \(null pointer\)/, 'crash_null_read'],
  ['divide', 136, /division by zero/, 'crash_divide'],
  ['write-text', 139, /write to .*read-only/, 'crash_write_text'],
  ['execute-stack', 139, /not executable/, 'execute'],
  // The processor finds no stack for the fault's frame, and has another one for saying so.
  ['stack-overflow', 139, /page fault: write to 0x60\w+ \(stack overflow/, 'overflow'],
])('a crash by %s', async (kind, status, what, at) => {
  const args = ['up', '--type', 'pvh', '--name', ownDomain(`pvh-${kind}`), '--', kind];
  const ended = await lwdEnding(status, args, { cwd: guestFolder('crash') });
  expect(ended.stdout).toContain(`about to crash by ${kind}\nunfinished line`);
  expect(ended.stderr).toMatch(what);
  expect(ended.stderr).toMatch(new RegExp(`^  at ${at} at \\S*main\\.c:\\d+`, 'm'));
});

test('exit statuses, output and dead locks', async () => {
  const type = ['--type', 'pvh'];
  const status = ['up', ...type, '--name', ownDomain('pvh-status'), '--', '42', 'exit'];
  expect((await lwdEnding(42, status, { cwd: guestFolder('status') })).stdout).toBe('status 42 by exitatexit ran\n');
  const locked = ['up', ...type, '--name', ownDomain('pvh-locked'), '--', 'mutexes'];
  const { stderr } = await lwdEnding(134, locked, { cwd: guestFolder('deadlock') });
  expect(stderr).toContain('deadlock: all 2 threads wait for each other');
  expect(stderr).toMatch(/^ {2}thread opposite \(waits for a mutex of main/m);
});

test('`auto` is PVH where a processor does it in hardware, and PV here', async () => {
  const { capabilities } = (await lwdJson(['host', 'status'])) as {
    capabilities: { types: string[]; fastPvh: boolean };
  };
  const planned = async (flags: string[]) =>
    ((await lwdJson(['up', '--dry-run', ...flags], { cwd: guestFolder('status') })) as { domain: { type: string } })
      .domain;
  expect(capabilities.types).toEqual(['pv', 'pvh']);
  expect(capabilities.fastPvh).toBe(false);
  expect((await planned([])).type).toBe('pv');
  expect((await planned(['--type', 'pvh'])).type).toBe('pvh');
});
