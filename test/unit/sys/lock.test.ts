import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { withLock } from '../../../src/sys/lock.js';

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lwd-lock-'));
  file = join(folder, 'below/lock');
});

afterEach(() => rmSync(folder, { recursive: true }));

it('lets one in at a time', async () => {
  let inside = 0;
  let most = 0;
  const work = async () => {
    inside += 1;
    most = Math.max(most, inside);
    await new Promise((resolve) => setImmediate(resolve));
    inside -= 1;
  };
  await Promise.all(Array.from({ length: 6 }, () => withLock(file, work)));
  expect(most).toBe(1);
});

it('is given back when the work fails', async () => {
  await expect(withLock(file, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect(await withLock(file, async () => 'in again')).toBe('in again');
});

it('ends the wait when aborted, and the work goes on undisturbed', async () => {
  const abort = new AbortController();
  const result = await withLock(file, async () => {
    const waiting = withLock(file, async () => 'never', abort.signal);
    abort.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    return 'done';
  });
  expect(result).toBe('done');
});

it('goes with its holder, however that dies', async () => {
  await withLock(file, async () => {});
  const holder = spawn('flock', ['--no-fork', file, 'sh', '-c', 'echo in; exec cat'], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  await once(holder.stdout, 'data');
  const waiting = withLock(file, async () => 'ours');
  holder.kill('SIGKILL');
  expect(await waiting).toBe('ours');
});

/** Of each process of this machine: its number, parent and process group. */
function processes(): { pid: number; parent: number; group: number }[] {
  return readdirSync('/proc').flatMap((name) => {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
      const [, parent, group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return [{ pid: Number(name), parent: Number(parent), group: Number(group) }];
    } catch {
      return [];
    }
  });
}

it("is out of reach of the terminal's Ctrl-C, which its holder may outlive", async () => {
  await withLock(file, async () => {
    const all = processes();
    const own = all.find(({ pid }) => pid === process.pid)?.group;
    const children = all.filter(({ parent }) => parent === process.pid);
    expect(children).not.toEqual([]);
    expect(children.filter(({ group }) => group === own)).toEqual([]);
  });
});
