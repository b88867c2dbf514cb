/**
 * A machine in virtual time never idles: with nothing to do it runs through its timers as fast as it can, at the price of
 * a whole CPU here. So it stands still while no lwd uses it. Users are files in a folder of the instance, named by
 * process; those of dead processes do not count.
 */
import { join } from 'node:path';
import * as fs from '../../sys/fs.js';
import { isAlive, ownIdentity, type ProcessIdentity } from '../../sys/process.js';
import { connectQmp } from './qmp.js';

const answerTimeout = 5000;

/** Says that this process uses the instance, and has it run. */
export async function enter(folder: string): Promise<void> {
  await fs.writeAtomic(await userFile(folder), '');
  await command(folder, 'cont');
}

/** Takes this process out of the users, and has the instance stand still if it was the last. */
export async function leave(folder: string): Promise<void> {
  await fs.remove(await userFile(folder));
  if (await isUsed(folder)) return;
  await command(folder, 'stop');
  // Somebody may have come between the look and the stop; who comes after it wakes it himself.
  if (await isUsed(folder)) await command(folder, 'cont');
}

async function userFile(folder: string): Promise<string> {
  const { pid, startTime } = await ownIdentity();
  return join(folder, 'users', `${pid}-${startTime}`);
}

async function isUsed(folder: string): Promise<boolean> {
  for (const name of await fs.list(join(folder, 'users'))) {
    const user = parseUser(name);
    if (user === undefined) continue;
    if (await isAlive(user)) return true;
    await fs.remove(join(folder, 'users', name));
  }
  return false;
}

/** "PID-STARTTIME"; undefined for any other name (a file that is just being written). */
export function parseUser(name: string): ProcessIdentity | undefined {
  const match = /^(\d+)-(\d+)$/.exec(name);
  return match?.[1] && match[2] ? { pid: Number(match[1]), startTime: match[2] } : undefined;
}

async function command(folder: string, name: 'cont' | 'stop'): Promise<void> {
  const qmp = await connectQmp(join(folder, 'qmp'), async () => true, answerTimeout);
  try {
    await qmp.execute(name);
  } finally {
    qmp.close();
  }
}
