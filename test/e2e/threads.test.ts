/** How programs with threads end: dead locks are reported with every thread, and main need not be the last. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { guestFolder, lwd, lwdEnding } from './lwd.js';

const deadlock = guestFolder('deadlock');
const source = readFileSync(guestFolder('deadlock', 'main.c'), 'utf8');
const aborted = 134;

/** Of the report on stderr: each thread's line, and its functions. */
function threadsOf(stderr: string): { thread: string; functions: string[] }[] {
  const threads: { thread: string; functions: string[] }[] = [];
  for (const line of stderr.split('\n')) {
    const thread =
      /^lwd: \S+ crashed in thread (.+): deadlock: /.exec(line)?.[1] ?? /^ {2}thread (.+)$/.exec(line)?.[1];
    if (thread !== undefined) threads.push({ thread, functions: [] });
    const called = /^ {2}at (\w+)/.exec(line)?.[1];
    if (called !== undefined) threads.at(-1)?.functions.push(called);
  }
  return threads;
}

describe('a dead lock', () => {
  test('of two threads says who holds what', async () => {
    const ended = await lwdEnding(aborted, ['up', '--', 'mutexes'], { cwd: deadlock });
    expect(ended.stderr).toContain('deadlock: all 2 threads wait for each other');
    const [main, opposite] = threadsOf(ended.stderr);
    expect(main?.thread).toMatch(/^main \(waits for a mutex of opposite, at 0x[0-9a-f]+\)$/);
    expect(main?.functions).toEqual(expect.arrayContaining(['mutexes', 'main']));
    expect(opposite?.thread).toMatch(/^opposite \(waits for a mutex of main, at 0x[0-9a-f]+\)$/);
    expect(opposite?.functions).toContain('lock_other_first');
  });

  test('with oneself', async () => {
    const ended = await lwdEnding(aborted, ['up', '--', 'self'], { cwd: deadlock });
    expect(ended.stderr).toMatch(/in thread main \(waits for a mutex of main, at .*deadlock: the only thread/);
  });

  test('for a mutex whose owner has ended', async () => {
    const ended = await lwdEnding(aborted, ['up', '--', 'orphan'], { cwd: deadlock });
    expect(ended.stderr).toContain('waits for a mutex of a thread that has ended');
  });

  test('names every kind of waiting, and where each thread is', async () => {
    const ended = await lwd(['up', '--json', '--', 'everywhere'], { cwd: deadlock });
    const { crash } = JSON.parse(ended.stdout);
    const waits = [
      ['main', 'the end of semaphore', 'everywhere'],
      ['semaphore', 'a semaphore', 'wait_for_semaphore'],
      ['condition', 'a condition', 'wait_for_condition'],
      ['barrier', 'a barrier', 'wait_at_barrier'],
      ['writer', 'a read-write lock', 'wait_to_write'],
      ['reader of pipe', 'a pipe', 'wait_for_pipe'],
      ['event', 'an event counter', 'wait_for_event'],
    ];
    const threads = [crash, ...crash.otherThreads];
    expect(threads.length).toBe(waits.length);
    for (const [index, [name, what, place]] of waits.entries()) {
      expect(threads[index].thread).toMatch(new RegExp(`^${name} \\(waits for ${what}, at 0x`));
      expect(threads[index].backtrace.map((at: { function: string }) => at.function)).toContain(place);
    }
    expect(ended.status).toBe(aborted);
  });
});

describe('no dead lock', () => {
  const ways = [...source.matchAll(/^static void (\w+_(\d+))\(void\)/gm)].map(([, way = '', status]) => ({
    way,
    status: Number(status),
  }));

  test.each(ways)('in $way', async ({ way, status }) => {
    const ended = await lwdEnding(status, ['up', '--', way], { cwd: deadlock });
    if (/last|alone/.test(way)) expect(ended.stdout).toBe('last words\n');
  });

  test('in any of five', () => {
    expect(ways.length).toBe(5);
  });
});
