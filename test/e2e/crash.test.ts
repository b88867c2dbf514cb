/** Every kind of crash: its status, what it says, and where it points in the source. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { guestFolder, lwd, lwdEnding, lwdJson, xenDomains } from './lwd.js';

const crash = guestFolder('crash');

/** Number of the line with the comment "here: MARK". */
function lineOf(mark: string, file = 'main.c'): number {
  const lines = readFileSync(guestFolder('crash', file), 'utf8').split('\n');
  const index = lines.findIndex((line) => line.includes(`/* here: ${mark} */`));
  if (index < 0) throw new Error(`no line of crash/${file} says "here: ${mark}"`);
  return index + 1;
}

interface Kind {
  kind: string;
  status: number;
  /** What the report says. */
  what: RegExp;
  /** The function that crashed, and its mark in the source. */
  at: string;
  mark: string;
}

const memoryFault = 139;
const kinds: Kind[] = [
  {
    kind: 'null-read',
    status: memoryFault,
    what: /read of 0x0 \(null pointer\)/,
    at: 'crash_null_read',
    mark: 'null-read',
  },
  { kind: 'null-write', status: memoryFault, what: /write to 0x8000000 /, at: 'crash_null_write', mark: 'null-write' },
  { kind: 'null-call', status: memoryFault, what: /execution of 0x0 /, at: 'crash_null_call', mark: 'null-call' },
  { kind: 'divide', status: 136, what: /division by zero/, at: 'crash_divide', mark: 'divide' },
  { kind: 'abort', status: 134, what: /abort\(\)/, at: 'crash_abort', mark: 'abort' },
  { kind: 'assert', status: 134, what: /"zero == 1" failed/, at: 'crash_assert', mark: 'assert' },
  { kind: 'write-text', status: memoryFault, what: /write to .*read-only/, at: 'crash_write_text', mark: 'write-text' },
  { kind: 'write-rodata', status: memoryFault, what: /read-only/, at: 'crash_write_rodata', mark: 'write-rodata' },
  { kind: 'execute-heap', status: memoryFault, what: /not executable/, at: 'execute', mark: 'execute' },
  { kind: 'execute-data', status: memoryFault, what: /not executable/, at: 'execute', mark: 'execute' },
  { kind: 'execute-stack', status: memoryFault, what: /not executable/, at: 'execute', mark: 'execute' },
  { kind: 'stack-overflow', status: memoryFault, what: /stack overflow/, at: 'overflow', mark: 'stack-overflow' },
  { kind: 'instruction', status: 132, what: /invalid instruction/, at: 'crash_instruction', mark: 'instruction' },
  { kind: 'privileged', status: memoryFault, what: /protection fault/, at: 'crash_privileged', mark: 'privileged' },
  { kind: 'address', status: memoryFault, what: /non-canonical/, at: 'crash_address', mark: 'address' },
  {
    kind: 'unmapped',
    status: memoryFault,
    what: /0x500000000000 \(not mapped\)/,
    at: 'crash_unmapped',
    mark: 'unmapped',
  },
  { kind: 'raise', status: memoryFault, what: /signal 11/, at: 'crash_raise', mark: 'raise' },
];

describe('a crash', () => {
  test.each(kinds)('by $kind', async ({ kind, status, what, at, mark }) => {
    const ended = await lwdEnding(status, ['up', '--', kind], { cwd: crash });
    expect(ended.stdout).toContain(`about to crash by ${kind}\nunfinished line`);
    expect(ended.stdout).not.toContain('still alive');
    expect(ended.stderr).toMatch(what);
    const frames = ended.stderr.split('\n').filter((line) => line.startsWith('  at '));
    expect(frames.join('\n')).toMatch(new RegExp(`^  at ${at} at \\S*main\\.c:${lineOf(mark)}\\b`, 'm'));
    // The stack of a runaway recursion is shown as far as it is read.
    if (kind !== 'stack-overflow') expect(frames.join('\n')).toMatch(/^ {2}at main at /m);
  });

  test.each([
    ['handler-never-maps', 'pv', 'crash_handler_never_maps', /returned 0, but the page cannot be read/],
    ['handler-touches', 'pvh', 'touch_it', /has touched that page itself/],
    ['copy-without-memory', 'pv', 'crash_copy_without_memory', /out of memory: no frame is left for the page at 0x4/],
    ['copy-without-memory', 'pvh', 'crash_copy_without_memory', /out of memory: no frame is left for the page at 0x4/],
  ])('of memory, by %s, %s', async (kind, type, at, what) => {
    const ended = await lwdEnding(135, ['up', '--type', type, '--', kind], { cwd: crash });
    expect(ended.stdout).not.toContain('still alive');
    expect(ended.stderr).toMatch(what);
    expect(ended.stderr).toMatch(new RegExp(`^  at ${at} at \\S*memory\\.c:${lineOf(kind, 'memory.c')}\\b`, 'm'));
  });

  test('after the handler of SIGABRT has returned', async () => {
    const ended = await lwdEnding(134, ['up', '--', 'handled-abort'], { cwd: crash });
    expect(ended.stdout).toContain('\nhandled 6\n');
    expect(ended.stderr).toContain('at crash_handled_abort at ');
  });

  test('in JSON', async () => {
    const ended = await lwd(['up', '--json', '--', 'divide'], { cwd: crash });
    expect(ended.status).toBe(136);
    const report = JSON.parse(ended.stdout);
    expect(report).toMatchObject({ status: 136, outcome: { kind: 'crashed', signal: 8 }, kept: false });
    expect(report.crash.backtrace[0]).toMatchObject({ function: 'crash_divide', line: lineOf('divide') });
    expect(report.crash.registers.rip).toBe(report.crash.backtrace[0].address);
  });

  test('of a detached domain stays to be asked for', async () => {
    await lwdEnding(0, ['up', '-d', '--name', 'crashed', '--', 'assert'], { cwd: crash });
    await lwdEnding(134, ['wait', 'crashed']);
    const logs = await lwdEnding(0, ['logs', 'crashed']);
    expect(logs.stdout).toContain('about to crash by assert');
    expect(logs.stderr).toContain('at crash_assert at ');
    expect(await lwdJson(['inspect', 'crashed'])).toMatchObject({ outcome: { kind: 'crashed', signal: 6 } });
    await lwdEnding(0, ['down', 'crashed']);
  });

  test('leaves no domain', async () => {
    expect(await xenDomains()).toEqual([]);
  });
});
