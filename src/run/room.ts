/**
 * Everything before the first of a command's domains is made, done once for all of them: each wish is checked against the
 * host, there is room for them together, CPUs are chosen, and the image is there. What is refused is refused here.
 */
import { withoutDoubt } from '../host/lost.js';
import { type Dom0Programs, planFor, sendImage } from '../xl/life/prepare.js';
import { findRoom, type PlacementFlags } from '../xl/place/place.js';
import type { Image } from '../xl/spec/image.js';
import type { DomainWish } from '../xl/spec/spec.js';
import type { Launch, RunContext } from './run-domain.js';

export interface Admitted {
  launches: Launch[];
  /** When all of them have been started, or will not be: others may then take what was reserved for them. */
  release(): Promise<void>;
}

/** Throws UserError or HostError for what cannot be; nothing is left on the host then but the image. */
export function makeRoom(
  context: RunContext,
  image: Image,
  wishes: readonly DomainWish[],
  flags: PlacementFlags,
): Promise<Admitted> {
  return withoutDoubt(() => sendAndPlace(context, image, wishes, flags), 'no domain was made');
}

async function sendAndPlace(
  { host, output, interruption }: RunContext,
  image: Image,
  wishes: readonly DomainWish[],
  flags: PlacementFlags,
): Promise<Admitted> {
  for (const wish of wishes) await planFor(host, wish);
  // A broker has its own, which do not do whatever their caller would like.
  const programs = host.broker === undefined ? await dom0Programs(wishes, interruption.signal) : noPrograms;
  const { placed, release } = await findRoom(host, wishes, flags, interruption.signal);
  try {
    for (const { wish, why } of placed) if (why !== undefined) output.note(`${wish.name}: ${why}`);
    const sent = await sendImage(host, image, programs);
    interruption.signal.throwIfAborted();
    return { launches: placed.map(({ wish }) => ({ host, sent, wish })), release };
  } catch (error) {
    await release();
    throw error;
  }
}

const noPrograms: Dom0Programs = { volumeServer: undefined, processChannel: undefined };

async function dom0Programs(wishes: readonly DomainWish[], signal: AbortSignal): Promise<Dom0Programs> {
  const { ensureDom0Program } = await import('../toolchain/dom0-program.js');
  const served = wishes.some(({ volumes }) => volumes.length > 0);
  return {
    volumeServer: served ? await ensureDom0Program('volume-server', signal) : undefined,
    processChannel: await ensureDom0Program('process-channel', signal),
  };
}
