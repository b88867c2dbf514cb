/**
 * One run of QEMU on an image: started by a first boot or from a saved state, told apart by its process, spoken to
 * through its control socket. Knows nothing of ssh or of locks.
 */
import { join } from 'node:path';
import { HostError } from '../../errors.js';
import { waitFor } from '../../sys/clock.js';
import { exec } from '../../sys/exec.js';
import * as fs from '../../sys/fs.js';
import { endProcess, isAlive, type ProcessIdentity, startDetached } from '../../sys/process.js';
import type { HostImage } from './image.js';
import { connectQmp, type Qmp } from './qmp.js';
import { type MachineRecipe, qemuArguments } from './recipe.js';

const qemuProgram = 'qemu-system-x86_64';

export interface Machine {
  process: ProcessIdentity;
  /** Folder of its files: qmp (socket), console.log (Xen's and dom0's), qemu.log. */
  folder: string;
  qmp: Qmp;
}

/** QEMU's version ("7.2.22"), undefined if it is not installed. */
export async function qemuVersion(): Promise<string | undefined> {
  const result = await exec([qemuProgram, '--version'], { timeout: 10_000 });
  return /version (\d[\d.]*\d)/.exec(result.stdout)?.[1];
}

/**
 * Starts QEMU apart from this process. With `state` (a file name relative to the image's folder) it resumes from there,
 * else it boots. The caller closes `qmp`.
 */
export async function startMachine(
  image: HostImage,
  recipe: MachineRecipe,
  folder: string,
  state?: string,
): Promise<Machine> {
  await fs.makeDirectory(folder, 0o700);
  const socket = join(folder, 'qmp');
  for (const name of ['qmp', 'console.log', 'qemu.log']) await fs.remove(join(folder, name));
  const command = [
    qemuProgram,
    ...qemuArguments(recipe),
    ...['-serial', `file:${join(folder, 'console.log')}`, '-qmp', `unix:${socket},server=on,wait=off`],
    ...(state === undefined ? [] : ['-incoming', `exec:zstd -dcq ${state}`]),
  ] as [string, ...string[]];
  const log = join(folder, 'qemu.log');
  const process = await startDetached(command, { cwd: image.folder, log });
  try {
    const qmp = await connectQmp(socket, () => isAlive(process), 30_000);
    return { process, folder, qmp };
  } catch (error) {
    await endProcess(process, 1000);
    throw error;
  }
}

/** The failure with the last that QEMU said, and where its logs are: `folder`. */
export async function explainFailure(error: unknown, folder: string): Promise<unknown> {
  if (!(error instanceof HostError)) return error;
  const said = (await fs.readTail(join(folder, 'qemu.log'), 2000)).trim();
  const hints = [`QEMU's log: ${join(folder, 'qemu.log')}`, `Xen's console: ${join(folder, 'console.log')}`];
  return new HostError(said === '' ? error.message : `${error.message}: ${said}`, { next: hints, cause: error });
}

/** Waits until dom0 says on the console that it is up. Throws HostError with what it says instead. */
export async function waitForBoot(machine: Machine, timeout: number, signal?: AbortSignal): Promise<void> {
  const look = async (): Promise<string | undefined> => {
    const text = await fs.readTail(join(machine.folder, 'console.log'), 8192);
    const verdict = /^.*(lwd: dom0 (?:ready|failed.*)|Kernel panic.*|\(XEN\) Panic.*|Xen BUG.*)/m.exec(text)?.[1];
    return verdict ?? ((await isAlive(machine.process)) ? undefined : 'QEMU ended');
  };
  const options = { timeout, interval: 50, ...(signal === undefined ? {} : { signal }) };
  const verdict = (await waitFor(look, options)) ?? `not up within ${timeout / 1000} s`;
  if (verdict === 'lwd: dom0 ready') return;
  throw new HostError(`the embedded host did not boot: ${verdict}`);
}

/** The port of this machine's loopback that leads to dom0's sshd. */
export async function forwardedPort(qmp: Qmp): Promise<number> {
  const table = await qmp.monitor('info usernet');
  const port = /HOST_FORWARD\]\s+\d+\s+127\.0\.0\.1\s+(\d+)/.exec(table)?.[1];
  if (port === undefined) throw new HostError(`QEMU forwards no port: ${table}`);
  return Number(port);
}
