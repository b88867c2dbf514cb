/**
 * Several domains on several hosts: which goes where, and room for all of them before the first is made.
 */
import type { Host } from '../host/host.js';
import type { PlacementFlags } from '../xl/place/place.js';
import type { Image } from '../xl/spec/image.js';
import type { DomainWish } from '../xl/spec/spec.js';
import { type Admitted, makeRoom } from './room.js';
import type { RunContext } from './run-domain.js';

/** block: neighbours stay together, and the first hosts have one more if it does not come out even. cyclic: in turns. */
export const distributions = ['block', 'cyclic'] as const;
export type Distribution = (typeof distributions)[number];

/** The host of each of `count` domains. Pure. */
export function spread<H>(hosts: readonly H[], count: number, distribution: Distribution): H[] {
  const each = Math.floor(count / hosts.length);
  const more = count % hosts.length;
  if (distribution === 'cyclic') return Array.from({ length: count }, (_, rank) => hosts[rank % hosts.length] as H);
  return hosts.flatMap((host, index) => Array<H>(each + (index < more ? 1 : 0)).fill(host));
}

/** makeRoom() on every host at once. If one has none, the others keep nothing, and its refusal is thrown. */
export async function makeRoomOn(
  hosts: readonly Host[],
  context: Omit<RunContext, 'host'>,
  image: Image,
  wishes: readonly DomainWish[],
  { distribution, ...flags }: PlacementFlags & { distribution: Distribution },
): Promise<Admitted> {
  const places = spread(hosts, wishes.length, distribution);
  const used = [...new Set(places)];
  const ends = await Promise.allSettled(
    used.map((host) =>
      makeRoom(
        { ...context, host },
        image,
        wishes.filter((_, rank) => places[rank] === host),
        flags,
      ),
    ),
  );
  const rooms = ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []));
  const release = async () => void (await Promise.all(rooms.map((room) => room.release())));
  const refused = ends.find((end) => end.status === 'rejected');
  if (refused !== undefined) {
    await release();
    throw refused.reason;
  }
  const queues = new Map(used.map((host, index) => [host, [...(rooms[index]?.launches ?? [])]]));
  return { launches: places.flatMap((host) => queues.get(host)?.shift() ?? []), release };
}
