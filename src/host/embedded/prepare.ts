/**
 * All that a start of the embedded host needs, made if it is not there: the image, the choice of machine, its saved state.
 */
import { cpus } from 'node:os';
import { join } from 'node:path';
import { HostError, UserError } from '../../errors.js';
import * as fs from '../../sys/fs.js';
import type { HostProgress } from '../host.js';
import { chooseAccelerator } from './accelerator.js';
import { ensureImage, type HostImage } from './image.js';
import { qemuVersion } from './machine.js';
import {
  defaultMemory,
  dom0Memory,
  type EmbeddedVariant,
  type MachineRecipe,
  machineKey,
  machineRecipe,
} from './recipe.js';
import { ensureState } from './snapshot.js';

export interface Prepared {
  image: HostImage;
  recipe: MachineRecipe;
}

/** What Xen brings up here without an option of its own. */
const mostCpus = 16;

export async function prepare(
  variant: EmbeddedVariant,
  progress: HostProgress,
  signal?: AbortSignal,
): Promise<Prepared> {
  const qemu = await qemuVersion();
  if (qemu === undefined) {
    throw new HostError('there is no Xen here, and no QEMU to bring one along', {
      next: [
        'sudo apt-get install qemu-system-x86',
        'or: lwd doctor --fix',
        'or name a Xen host: --host ssh://root@node',
      ],
    });
  }
  const memory = wantedMemory(process.env.LWD_HOST_MEMORY);
  const processors = wantedCpus(process.env.LWD_HOST_CPUS);
  const image = await ensureImage(progress, signal);
  const machine = { qemu, memory, cpus: processors };
  const { accelerator, forced } = await chooseAccelerator();
  const recipe = machineRecipe(variant, { ...machine, accelerator });
  if (recipe.accelerator === 'tcg' || forced) {
    await ensureState(image, recipe, progress, signal);
    return { image, recipe };
  }
  if (await triedInVain(image, recipe, progress, signal)) {
    const emulated = machineRecipe(variant, { ...machine, accelerator: 'tcg' });
    await ensureState(image, emulated, progress, signal);
    return { image, recipe: emulated };
  }
  return { image, recipe };
}

/** True if Xen does not come up under KVM here; remembered, so that it is tried once. */
async function triedInVain(
  image: HostImage,
  recipe: MachineRecipe,
  progress: HostProgress,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const mark = join(image.folder, machineKey(recipe), 'unusable');
  if (fs.exists(mark)) return true;
  try {
    await ensureState(image, recipe, progress, signal);
    return false;
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    progress(`KVM is of no use here, emulation it is (${error.message.split('\n')[0]})`);
    await fs.writeAtomic(mark, `${error.message}\n`);
    return true;
  }
}

/** Processors of the machine, from `LWD_HOST_CPUS`; else two, or as many as are here. Throws UserError for anything else. */
export function wantedCpus(text: string | undefined): number {
  if (text === undefined || text === '') return Math.min(2, cpus().length);
  if (!/^[1-9]\d?$/.test(text) || Number(text) > mostCpus) {
    throw new UserError(`LWD_HOST_CPUS=${text} is no number of processors for the embedded host`, {
      next: [`1 to ${mostCpus}; emulated, more than this machine has make it slower`],
    });
  }
  return Number(text);
}

/** MiB for the whole machine, from `LWD_HOST_MEMORY` ("6G", "3072M"). Throws UserError for anything else. */
export function wantedMemory(text: string | undefined): number {
  if (text === undefined || text === '') return defaultMemory;
  const match = /^([1-9]\d*)([MG])$/.exec(text);
  const mebibytes = Number(match?.[1]) * (match?.[2] === 'G' ? 1024 : 1);
  if (match === null || mebibytes < dom0Memory + 512) {
    throw new UserError(`LWD_HOST_MEMORY=${text} is no memory size for the embedded host`, {
      next: [`write it like 4096M or 4G, at least ${dom0Memory + 512}M`],
    });
  }
  return mebibytes;
}
