/**
 * Locks between processes, by the kernel's flock through flock(1): the lock goes when its holder goes, however it dies,
 * so no stale lock is ever left. On a file of its own, which is never removed.
 */
import { spawn } from 'node:child_process';
import { dirname } from 'node:path';
import { ToolError } from '../errors.js';
import { makeDirectory } from './fs.js';

/**
 * Runs `work` while this process alone holds the lock `file`. Others wait, as long as it takes; `signal` ends the wait.
 * Not reentrant: taking it again inside `work` waits for ever.
 */
export async function withLock<T>(file: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  await makeDirectory(dirname(file));
  signal?.throwIfAborted();
  const release = await acquire(file, signal);
  try {
    return await work();
  } finally {
    release();
  }
}

/**
 * flock(1) takes the lock, says so, and then runs cat, which lives until our end of its stdin is closed: by us, or by
 * the system when this process is gone. A Ctrl-C of the terminal's does not reach it: the work that it guards may go on for a
 * while after one.
 */
function acquire(file: string, signal: AbortSignal | undefined): Promise<() => void> {
  const command = ['flock', '--no-fork', file, 'sh', '-c', 'echo locked; exec cat >/dev/null'] as const;
  return new Promise((resolve, reject) => {
    const child = spawn(command[0], command.slice(1), { stdio: ['pipe', 'pipe', 'pipe'], detached: true });
    const giveUp = () => {
      child.kill();
      reject(signal?.reason);
    };
    signal?.addEventListener('abort', giveUp, { once: true });
    let complaint = '';
    child.stderr.on('data', (chunk) => {
      complaint += chunk;
    });
    child.on('error', reject);
    child.on('exit', (code) => {
      const details = { command, status: code ?? undefined, stderrTail: complaint.trimEnd() };
      reject(new ToolError(`cannot take the lock ${file}`, details));
    });
    child.stdout.once('data', () => {
      signal?.removeEventListener('abort', giveUp);
      resolve(() => child.stdin.end());
    });
  });
}
