/**
 * What each caller has, so that what he asks for next can be judged: by what Xen shows, and by what is just being made. And whose
 * a domain's name was last, since the log of a domain is found by its name: for a while nobody else gets it.
 */
import { monotonic } from '../sys/clock.js';
import { ownerOf } from '../xl/facts/domain-record.js';
import type { DomainStatus } from '../xl/observed/status.js';
import type { Share } from './authority.js';

interface Made {
  uid: number;
  most: number;
  vcpus: number;
  /** Not known to Xen yet, or not any more. */
  isPending: boolean;
}

/** Milliseconds. Whoever still reads a log at the end of its domain has it in his hands for a second. */
const nameKept = 60_000;

export class Shares {
  readonly #made = new Map<string, Made>();
  readonly #names = new Map<string, { uid: number; users: number; until: number }>();
  #turn: Promise<unknown> = Promise.resolve();

  /** One after the other: two requests must not both find the same room. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => {});
    return done;
  }

  /** `all`: the domains that there are, with their places. */
  shareOf(uid: number, all: readonly DomainStatus[]): Share {
    const share = { domains: 0, memory: 0, vcpus: 0 };
    const add = (memory: number, vcpus: number) => {
      share.domains += 1;
      share.memory += memory;
      share.vcpus += vcpus;
    };
    const seen = new Set(all.map(({ uuid }) => uuid));
    for (const { uuid, memory, places, record } of all) {
      if (ownerOf(uuid) !== uid) continue;
      const made = this.#made.get(uuid);
      add(Math.max(made?.most ?? record?.most ?? 0, memory), made?.vcpus ?? places.length);
    }
    for (const [uuid, { uid: owner, most, vcpus, isPending }] of this.#made) {
      if (seen.has(uuid)) continue;
      if (!isPending) this.#made.delete(uuid);
      else if (owner === uid) add(most, vcpus);
    }
    return share;
  }

  /** From now on it counts, until `settled`, and then for as long as Xen has it. */
  begin(uuid: string, uid: number, most: number, vcpus: number): void {
    this.#made.set(uuid, { uid, most, vcpus, isPending: true });
  }

  settled(uuid: string): void {
    const made = this.#made.get(uuid);
    if (made !== undefined) made.isPending = false;
  }

  /** Takes the name for this user. False if it is somebody else's still. */
  takeName(name: string, uid: number): boolean {
    for (const [other, { users, until }] of this.#names) {
      if (users === 0 && until <= monotonic()) this.#names.delete(other);
    }
    const holder = this.#names.get(name);
    if (holder !== undefined && holder.uid !== uid) return false;
    this.#names.set(name, { uid, users: (holder?.users ?? 0) + 1, until: holder?.until ?? 0 });
    return true;
  }

  /** `isUsed`: there was a domain of this name, and so a log. */
  leaveName(name: string, isUsed: boolean): void {
    const holder = this.#names.get(name);
    if (holder === undefined) return;
    holder.users -= 1;
    if (isUsed) holder.until = monotonic() + nameKept;
    else if (holder.users === 0 && holder.until === 0) this.#names.delete(name);
  }
}
