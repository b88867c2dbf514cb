/**
 * Which domains a command starts: one, or `--count` of the same, each told which it is. Pure.
 */
import { UserError } from '../errors.js';
import type { Image } from '../xl/image.js';
import { checkName, type DomainWish } from '../xl/spec.js';
import { type DomainFlags, type RunSettings, wishFor } from '../xl/wish.js';
import type { Task } from './schedule.js';

export interface Members {
  /** The common part of their names; undefined if there is one domain alone, which is no group. */
  group: string | undefined;
  wishes: DomainWish[];
  /** When each is started, place by place. */
  tasks: Task[];
}

export interface MemberFlags extends DomainFlags {
  count?: number | undefined;
}

/** Throws UserError for what a flag says wrongly. */
export function membersOf(
  image: Image,
  settings: RunSettings,
  flags: MemberFlags,
  args: readonly string[] | undefined,
): Members {
  const wish = wishFor(image, settings, flags, args);
  if (flags.count === undefined) return { group: undefined, wishes: [wish], tasks: [{ after: [] }] };
  const wishes = copiesOf(wish, flags.count, '--count');
  return { group: wish.name, wishes, tasks: wishes.map(() => ({ after: [] })) };
}

/** NAME-0, NAME-1 …, each told its number, how many there are, and their common name. `whose`: who wants so many. */
function copiesOf(wish: DomainWish, count: number, whose: string): DomainWish[] {
  if (count > 1) checkShared(wish, whose);
  return Array.from({ length: count }, (_, rank) => {
    const name = `${wish.name}-${rank}`;
    checkName(name);
    const env = { LWD_GROUP: wish.name, LWD_RANK: String(rank), LWD_SIZE: String(count), ...wish.env };
    return { ...wish, name, env, group: wish.name };
  });
}

/** What only one domain can have. */
function checkShared({ network, disks }: DomainWish, whose: string): void {
  const card = network.find(({ ip, mac }) => ip !== 'dhcp' || mac !== undefined);
  if (card !== undefined) {
    throw new UserError(`${whose}: all of them would have the address ${card.mac ?? card.ip}`, {
      next: ['leave ip and mac out of network: each then asks for an address of its own'],
    });
  }
  const disk = disks.find(({ readonly }) => !readonly);
  if (disk !== undefined) {
    throw new UserError(`${whose}: all of them would write to ${disk.target}, ${disk.source}`, {
      next: ['make it readonly: true, or give each domain a disk of its own'],
    });
  }
}
