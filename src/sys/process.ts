/**
 * Processes that outlive this one: starting them apart from it, knowing them again by number and start time (a number
 * alone is used again by the system), ending them.
 */
import { spawn } from 'node:child_process';
import { closeSync, openSync, writeSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { waitFor } from './clock.js';
import { step } from './crash-point.js';
import { errorCode, readText } from './fs.js';

/** A process, as it can be recognised later by anybody: the start time is in clock ticks since the machine booted. */
export interface ProcessIdentity {
  pid: number;
  startTime: string;
}

/**
 * Starts a program in a session of its own, with no terminal, stdin empty, and stdout and stderr appended to `log`
 * (made readable by its owner only). Rejects if it cannot be started at all.
 */
export async function startDetached(
  command: readonly [string, ...string[]],
  options: { cwd: string; log: string },
): Promise<ProcessIdentity> {
  const own = step(`start ${command.join(' ')}`);
  const output = openSync(options.log, 'a', 0o600);
  try {
    const child = spawn(command[0], command.slice(1), {
      cwd: options.cwd,
      detached: true,
      stdio: ['ignore', output, output],
    });
    await new Promise((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    child.unref();
    own.after();
    const pid = child.pid ?? 0;
    return { pid, startTime: (await startTimeOf(pid)) ?? '' };
  } finally {
    closeSync(output);
  }
}

/** The descriptor that a program started by startTelling() has its starter on. */
const starter = 3;

/**
 * Starts a program in a session of its own, with this process's stdin, stdout and stderr, and waits for the line that it
 * tells its starter: '' if it ends without one. It lives on; `signal` ends the wait, and asks the program to end.
 */
export async function startTelling(
  command: readonly [string, ...string[]],
  signal: AbortSignal,
): Promise<{ pid: number; line: string }> {
  const own = step(`start ${command.join(' ')}`);
  const child = spawn(command[0], command.slice(1), {
    detached: true,
    stdio: ['inherit', 'inherit', 'inherit', 'pipe'],
  });
  own.during();
  const end = () => child.kill('SIGTERM');
  signal.addEventListener('abort', end, { once: true });
  const told = child.stdio[starter] as Readable;
  let text = '';
  told.on('data', (chunk: Buffer) => (text += chunk.toString()));
  await new Promise((resolve, reject) => {
    child.once('error', reject);
    told.once('close', resolve);
  });
  signal.removeEventListener('abort', end);
  child.unref();
  own.after();
  return { pid: child.pid ?? 0, line: text.split('\n')[0] ?? '' };
}

/** In a program that startTelling() started, once. */
export function tellStarter(line: string): void {
  const own = step(`tell the starter ${line}`);
  try {
    writeSync(starter, `${line}\n`);
    closeSync(starter);
    own.after();
  } catch (error) {
    // The starter was killed: it is not waited for any more.
    if (errorCode(error) !== 'EPIPE' && errorCode(error) !== 'EBADF') throw error;
  }
}

/** Start time of a process, undefined if there is none of this number, or only its dead remains (a zombie). */
export async function startTimeOf(pid: number): Promise<string | undefined> {
  const line = await readText(`/proc/${pid}/stat`).catch((error: unknown) => {
    // It went away between the opening and the reading.
    if (errorCode(error) === 'ESRCH') return undefined;
    throw error;
  });
  if (line === undefined) return undefined;
  // The second field is the program's name in brackets, and may itself hold blanks and brackets.
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
}

/** This process. */
export async function ownIdentity(): Promise<ProcessIdentity> {
  return { pid: process.pid, startTime: (await startTimeOf(process.pid)) ?? '' };
}

export async function isAlive(process: ProcessIdentity): Promise<boolean> {
  return process.startTime !== '' && (await startTimeOf(process.pid)) === process.startTime;
}

/** Ends just this process: SIGTERM, and SIGKILL after `grace` milliseconds. It is no error if it is gone already. */
export async function endProcess(identity: ProcessIdentity, grace: number): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    if (!(await isAlive(identity))) return;
    try {
      const own = step(`${signal} to process ${identity.pid}`);
      process.kill(identity.pid, signal);
      own.after();
    } catch (error) {
      if (errorCode(error) === 'ESRCH') return;
      throw error;
    }
    const gone = async () => ((await isAlive(identity)) ? undefined : true);
    if (await waitFor(gone, { timeout: grace })) return;
  }
}
