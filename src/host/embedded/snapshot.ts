/**
 * The saved state of a freshly booted embedded host. Booting is done once for a machine recipe; every start after that
 * resumes the state, which many machines may do at once, since they only read it. It is QEMU's migration stream in a
 * file rather than a snapshot inside a disk image, which only one QEMU at a time could open.
 */
import { join } from 'node:path';
import { HostError } from '../../errors.js';
import { waitFor } from '../../sys/clock.js';
import * as fs from '../../sys/fs.js';
import { withLock } from '../../sys/lock.js';
import { makeTemporaryDirectory } from '../../sys/places.js';
import { endProcess } from '../../sys/process.js';
import type { HostProgress } from '../host.js';
import type { HostImage } from './image.js';
import { explainFailure, type Machine, startMachine, waitForBoot } from './machine.js';
import type { Qmp } from './qmp.js';
import { type MachineRecipe, machineKey } from './recipe.js';

const bootTimeout = 180_000;

/** Name of the state's file, relative to the image's folder. */
function stateFile(machine: MachineRecipe): string {
  return `${machineKey(machine)}/state.zst`;
}

function hasState(image: HostImage, recipe: MachineRecipe): boolean {
  return fs.exists(join(image.folder, stateFile(recipe)));
}

/** The machine's state: found, or made by booting it (some 10 s). Gives its name, relative to the image's folder. */
export async function ensureState(
  image: HostImage,
  recipe: MachineRecipe,
  progress: HostProgress,
  signal?: AbortSignal,
): Promise<string> {
  const file = stateFile(recipe);
  if (hasState(image, recipe)) return file;
  const make = async () => {
    if (hasState(image, recipe)) return;
    progress('booting the embedded Xen host (once; later starts resume it)');
    await bootAndSave(image, recipe, file, signal);
  };
  await withLock(join(image.folder, `${machineKey(recipe)}.lock`), make, signal);
  return file;
}

async function bootAndSave(
  image: HostImage,
  recipe: MachineRecipe,
  file: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const kept = join(image.folder, machineKey(recipe));
  await fs.makeDirectory(kept, 0o700);
  // The control socket's path is limited to 107 bytes, and the cache may lie deep.
  const folder = await makeTemporaryDirectory('lwd-boot');
  let machine: Machine | undefined;
  try {
    machine = await startMachine(image, recipe, folder);
    await waitForBoot(machine, bootTimeout, signal);
    await saveState(machine.qmp, `${file}.part`);
    await fs.rename(join(image.folder, `${file}.part`), join(image.folder, file));
  } catch (error) {
    for (const name of await fs.list(folder)) {
      if (name.endsWith('.log')) await fs.copyFile(join(folder, name), join(kept, name));
    }
    throw await explainFailure(error, kept);
  } finally {
    machine?.qmp.close();
    if (machine !== undefined) await endProcess(machine.process, 2000);
    await fs.remove(join(image.folder, `${file}.part`));
    await fs.remove(folder);
  }
}

/** Stops the machine and writes its state. `file` has no byte that a shell would change: QEMU runs the command by one. */
async function saveState(qmp: Qmp, file: string): Promise<void> {
  await qmp.execute('stop');
  await qmp.execute('migrate-set-parameters', { 'max-bandwidth': 1_000_000_000_000 });
  await qmp.execute('migrate', { uri: `exec:zstd -1 -T2 -qf -o ${file}` });
  const look = async (): Promise<string | undefined> => {
    const { status } = (await qmp.execute('query-migrate')) as { status?: string };
    return status === 'completed' || status === 'failed' || status === 'cancelled' ? status : undefined;
  };
  const status = await waitFor(look, { timeout: 120_000 });
  if (status !== 'completed')
    throw new HostError(`QEMU could not save the embedded host's state (${status ?? 'slow'})`);
}

/**
 * Resumes the machine; a state that cannot be resumed (cut short, or of another processor) is thrown away, made again, and
 * resumed then. The caller closes the machine's `qmp`.
 */
export async function resumeOrRenew(
  image: HostImage,
  recipe: MachineRecipe,
  folder: string,
  progress: HostProgress,
  signal?: AbortSignal,
): Promise<Machine> {
  try {
    return await resume(image, recipe, folder);
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    progress(`the saved state is of no use (${error.message.split('\n')[0]})`);
    await fs.remove(join(image.folder, stateFile(recipe)));
    await ensureState(image, recipe, progress, signal);
    return resume(image, recipe, folder);
  }
}

/** Resumes the state in a new QEMU, whose files of the run go to `folder`. The caller closes its `qmp`. */
async function resume(image: HostImage, recipe: MachineRecipe, folder: string): Promise<Machine> {
  let machine: Machine | undefined;
  try {
    machine = await startMachine(image, recipe, folder, stateFile(recipe));
    const { qmp } = machine;
    const look = async (): Promise<string | undefined> => {
      const { status } = (await qmp.execute('query-status')) as { status?: string };
      return status === 'inmigrate' ? undefined : status;
    };
    const status = await waitFor(look, { timeout: 60_000, interval: 10 });
    // It was saved while stopped.
    if (status !== 'paused') throw new HostError('QEMU could not resume the embedded host');
    await qmp.execute('cont');
    return machine;
  } catch (error) {
    machine?.qmp.close();
    if (machine !== undefined) await endProcess(machine.process, 1000);
    throw await explainFailure(error, folder);
  }
}
