/** The same images by the other way in: what guest programs say of themselves, and how they crash, as PVH. */
import { expect, test } from 'vitest';
import { guestFolder, lwd, lwdEnding, ownDomain } from './lwd.js';

test.each(['libc', 'memory', 'sockets', 'threads', 'vector'])('%s', async (topic) => {
  const ended = await lwd(['up', '--type', 'pvh', '--name', ownDomain(`pvh-${topic}`)], { cwd: guestFolder(topic) });
  expect(ended.stdout.match(/^FAILURE .*$/gm) ?? []).toEqual([]);
  expect(ended.stdout).toMatch(/^SUCCESS /m);
  expect(ended.status).toBe(0);
});

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
