/** Standard streams and signals between lwd and the process in a domain: every byte, in order, in both directions. */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dom0, guestFolder, lwd, lwdEnding, ownDomain, type RunningLwd, startLwd, xenDomains } from './lwd.js';
import { pattern } from './pattern.js';

const cwd = guestFolder('streams');
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lwd-streams-'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** What stderr says of so many bytes on stdout. */
function steps(bytes: number): string[] {
  const count = Math.ceil(bytes / 65536);
  return Array.from({ length: count }, (_, index) => `after ${Math.min((index + 1) * 65536, bytes)}`);
}

function linesOf(stderr: string): string[] {
  return stderr.split('\n').filter((line) => line.startsWith('after '));
}

/** Does not read lwd's output for a while. */
async function pause(run: RunningLwd, milliseconds: number): Promise<void> {
  run.process.stdout?.pause();
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  run.process.stdout?.resume();
}

describe.each([['pv'], ['pvh']])('the streams of a %s domain', (type) => {
  const flags = ['--type', type, '--name', `streams-${type}`];

  test('10 MB of stdout and what stderr says in between, for a reader who pauses, of a program that is out at once', async () => {
    const bytes = 10_000_001;
    const run = startLwd(['up', ...flags, '--', 'pour', String(bytes)], { cwd });
    await run.complained('after 65536\n');
    await pause(run, 1500);
    const ended = await run.ended;
    expect(ended.status).toBe(3);
    expect(ended.bytes.length).toBe(bytes);
    expect(ended.bytes.equals(pattern(bytes, false))).toBe(true);
    expect(linesOf(ended.stderr)).toEqual(steps(bytes));
  });

  test('2 MiB of stdin, to its end', async () => {
    const input = pattern(2 << 20, true).toString('latin1');
    const ended = await lwdEnding(5, ['up', ...flags, '--', 'echo'], { cwd, input });
    expect(ended.bytes.equals(Buffer.from(input, 'latin1'))).toBe(true);
  });

  test('signals run handlers, and the status of a program that ends by one is its own', async () => {
    const run = startLwd(['up', ...flags, '--', 'handle'], { cwd });
    await run.printed('ready');
    run.signal('SIGUSR1');
    await run.printed('signal 10\n');
    run.signal('SIGUSR2');
    await run.printed('signal 12\n');
    // Without the lwd that stays with it.
    const sent = await lwdEnding(0, ['kill', '--signal', 'HUP', `streams-${type}`]);
    expect(sent.stdout).toBe(`streams-${type}  has taken SIGHUP\n`);
    await run.printed('signal 1\n');
    run.signal('SIGTERM');
    const ended = await run.ended;
    expect(ended.stdout).toContain('signal 15\n');
    expect(ended.status).toBe(7);
  });
});

describe('standard streams', () => {
  test('what was written before a crash is there, and so is the report', async () => {
    const ended = await lwd(['up', '--', 'crash', '1000000'], { cwd });
    expect(ended.status).toBe(139);
    expect(ended.bytes.equals(pattern(1_000_000, false))).toBe(true);
    expect(linesOf(ended.stderr)).toEqual(steps(1_000_000));
    expect(ended.stderr).toContain('null pointer');
  });

  test('the same of one that cannot say a word more: Xen ends it', async () => {
    const ended = await lwd(['up', '--', 'overflow', '100000'], { cwd });
    expect(ended.status).toBe(139);
    expect(ended.bytes.equals(pattern(100_000, false))).toBe(true);
  });

  test('--output has both streams, in order; --input is read; a missing folder is told before anything is made', async () => {
    const file = join(folder, 'out-%n-%t');
    const ended = await lwdEnding(0, ['up', '--output', file, '--', 'turns', '300'], { cwd });
    expect(ended.stdout).toBe('');
    const turns = Array.from({ length: 300 }, (_, index) => `out ${index}\nerr ${index}\n`);
    expect(readFileSync(join(folder, 'out-streams-0'), 'utf8')).toBe(turns.join(''));
    const input = join(folder, 'input');
    await writeFile(input, 'from a file\n');
    const echoed = await lwdEnding(5, ['up', '--label-io', '--input', input, '--', 'echo'], { cwd });
    expect(echoed.stdout).toBe('streams: from a file\n');
    const wrong = await lwdEnding(64, ['up', '--error', join(folder, 'none', 'x')], { cwd });
    expect(wrong.stderr).toContain('there is no folder');
  });

  test('who waits for input hears that the other end has died', async () => {
    const name = ownDomain('deaf');
    const run = startLwd(['up', '--name', name, '--', 'echo'], { cwd, holdInput: true });
    run.process.stdin?.write('heard\n');
    await run.printed('heard');
    const kill = `for process in /proc/[0-9]*; do
      grep -qs lwd-process $process/comm && grep -qs "guest-$1.log" $process/cmdline && kill -9 \${process#/proc/}; done; true`;
    await dom0('sh', '-c', kill, 'sh', name);
    expect((await run.ended).status).toBe(75);
    await lwdEnding(5, ['wait', name, '--timeout', '30s']);
  });

  test('a signal that the program leaves to the default ends it by that signal, with the domain', async () => {
    const run = startLwd(['up', '--', 'wait'], { cwd });
    await run.printed('ready');
    run.signal('SIGUSR1');
    expect((await run.ended).status).toBe(138);
    expect(await xenDomains()).not.toContain('streams');
  });
});
