import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { waitFor } from '../../../src/sys/clock.js';
import { endProcess, isAlive, ownIdentity, startDetached, startTimeOf } from '../../../src/sys/process.js';

let folder: string;
const options = () => ({ cwd: folder, log: join(folder, 'log') });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lwd-process-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

it('starts a program in a session of its own, its words in the log', async () => {
  const started = await startDetached(['sh', '-c', 'echo out; echo err >&2; exec sleep 60'], options());
  try {
    expect(
      await waitFor(() => (readFileSync(options().log, 'utf8') === 'out\nerr\n' ? true : undefined), { timeout: 5000 }),
    ).toBe(true);
    const stat = readFileSync(`/proc/${started.pid}/stat`, 'utf8');
    // Fields after the name: state, parent, group, session.
    expect(Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[3])).toBe(started.pid);
    expect(await isAlive(started)).toBe(true);
  } finally {
    await endProcess(started, 1000);
  }
  expect(await isAlive(started)).toBe(false);
});

it('says when a program cannot be started', async () => {
  await expect(startDetached(['/nonexistent/program'], options())).rejects.toThrow(/ENOENT/);
});

it('does not take another process of the same number for the same', async () => {
  const own = await ownIdentity();
  expect(await isAlive(own)).toBe(true);
  expect(await isAlive({ ...own, startTime: String(Number(own.startTime) - 1) })).toBe(false);
  // Would end this very test if it were taken for ours.
  await endProcess({ ...own, startTime: '1' }, 100);
});

it('kills what does not end when asked', async () => {
  const ready = join(folder, 'ready');
  const stubborn = await startDetached(['sh', '-c', 'trap "" TERM; : >ready; while :; do sleep 0.1; done'], options());
  await waitFor(() => (readFileExists(ready) ? true : undefined), { timeout: 5000 });
  await endProcess(stubborn, 200);
  expect(await isAlive(stubborn)).toBe(false);
});

it('reads the start time of a program with a strange name', async () => {
  const program = join(folder, 'a) R (b');
  writeFileSync(program, '#!/bin/sh\nsleep 60\n', { mode: 0o755 });
  const strange = await startDetached([program], options());
  try {
    expect(await startTimeOf(strange.pid)).toMatch(/^\d+$/);
    expect(await isAlive(strange)).toBe(true);
  } finally {
    await endProcess(strange, 1000);
  }
});

it('knows of no process that is none', async () => {
  expect(await startTimeOf(2 ** 22 + 1)).toBeUndefined();
});

function readFileExists(path: string): boolean {
  try {
    readFileSync(path);
    return true;
  } catch {
    return false;
  }
}
