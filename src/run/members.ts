/**
 * Which domains a command starts: one; `--count` of the same; or those of `domains:` in lwd.yaml. Each is told which it is.
 * Pure.
 */
import type { DomainEntry } from '../config/model.js';
import { nearest } from '../config/nearest.js';
import { UserError } from '../errors.js';
import type { Image } from '../xl/spec/image.js';
import { atPlace, networkAt } from '../xl/spec/ranks.js';
import { checkName, type DomainWish } from '../xl/spec/spec.js';
import { type DomainFlags, type RunSettings, wishFor } from '../xl/spec/wish.js';
import { orderOf } from './overlap.js';
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
  /** Those of `domains:` that are meant; undefined: all. */
  only?: string[] | undefined;
}

/** What a target says of its domains. */
export interface MemberSource {
  image: Image;
  settings: RunSettings;
  entries: readonly DomainEntry[];
}

/** One of the tasks of a job, each of which starts these domains: ranks go on from task to task. */
export interface OfTasks {
  rank: number;
  tasks: number;
}

/** Throws UserError for what a flag says wrongly, and for what domains cannot share. */
export function membersOf(
  source: MemberSource,
  flags: MemberFlags,
  args: readonly string[] | undefined,
  task?: OfTasks,
): Members {
  const { image, settings } = source;
  const entries = chosenEntries(source, flags);
  if (entries.length > 0) return membersOfEntries(image, entries, flags, args, task);
  const wish = wishFor(image, settings, flags, args);
  if (flags.count === undefined) {
    return { group: undefined, wishes: [oneAlone(wish, task)], tasks: [{ after: [] }] };
  }
  const group = wish.name;
  const wishes = copiesOf({ ...wish, group }, flags.count, task);
  return checked({ group, wishes, tasks: wishes.map(() => ({ after: [] })) });
}

/** How many domains membersOf() would give. */
export function memberCount(source: MemberSource, flags: MemberFlags): number {
  const entries = chosenEntries(source, flags);
  return entries.reduce((sum, { count = 1 }) => sum + count, 0) || (flags.count ?? 1);
}

function chosenEntries({ entries }: MemberSource, { only, count }: MemberFlags): readonly DomainEntry[] {
  if (count !== undefined && entries.length > 0) {
    throw new UserError('--count: lwd.yaml has `domains`, and each of them a count of its own', {
      exit: 'usage',
      next: ['say there how many: domains: {NAME: {count: 4}}'],
    });
  }
  if (only === undefined) return entries;
  const names = entries.map(({ name }) => name);
  for (const name of only) {
    if (names.includes(name)) continue;
    const near = nearest(name, names);
    throw new UserError(`--only: there is no "${name}" in \`domains\` of lwd.yaml`, {
      exit: 'usage',
      next: [near === undefined ? `there are: ${names.join(', ') || 'none'}` : `did you mean "${near}"?`],
    });
  }
  return entries.map((entry) => (only.includes(entry.name) ? entry : { ...entry, count: 0 }));
}

/** What waits for one that is not started at all does not wait. */
function membersOfEntries(
  image: Image,
  entries: readonly DomainEntry[],
  flags: MemberFlags,
  args: readonly string[] | undefined,
  ofTasks: OfTasks | undefined,
): Members {
  const group = flags.name ?? image.name;
  const wishes: DomainWish[] = [];
  const tasksOf: number[][] = [];
  for (const { name, count, settings } of entries) {
    const wish = wishFor(image, settings, { ...flags, name: `${group}-${name}` }, args);
    const own = { ...wish, group, env: { LWD_GROUP: group, ...wish.env } };
    const copies = count === undefined ? [oneAlone(own, undefined)] : copiesOf(own, count, ofTasks);
    tasksOf.push(copies.map((_, index) => wishes.length + index));
    wishes.push(...copies);
  }
  const tasks = entries.flatMap(({ after }, index) => {
    const waits = after.flatMap(({ entry, condition }) => (tasksOf[entry] ?? []).map((task) => ({ task, condition })));
    return (tasksOf[index] ?? []).map(() => ({ after: waits }));
  });
  return checked({ group, wishes, tasks });
}

/** NAME-0, NAME-1 …, each told its number, how many there are, and the group's name. */
function copiesOf(wish: DomainWish, count: number, task: OfTasks = { rank: 0, tasks: 1 }): DomainWish[] {
  return Array.from({ length: count }, (_, index) => {
    const name = `${wish.name}-${index}`;
    checkName(name);
    const own = { ...wish, name, env: { LWD_GROUP: wish.group ?? '', ...wish.env } };
    return atPlace(own, { rank: task.rank * count + index, size: task.tasks * count });
  });
}

/** Outside of jobs nothing is to be told to it. */
function oneAlone(wish: DomainWish, task: OfTasks | undefined): DomainWish {
  if (task !== undefined) return atPlace(wish, { rank: task.rank, size: task.tasks });
  return { ...wish, network: networkAt(wish.network, { rank: 0, size: 1 }) };
}

/** What only one domain can have at a time may pass from one to another that waits for its end. */
function checked(members: Members): Members {
  const owners = new Map<string, number[]>();
  const isBefore = orderOf(members.tasks);
  for (const [index, wish] of members.wishes.entries()) {
    for (const thing of ownThings(wish)) {
      const before = owners.get(thing) ?? [];
      const other = before.find((each) => !isBefore(each, index) && !isBefore(index, each));
      if (other !== undefined) throw shared(thing, members.wishes[other]?.name ?? '', wish.name);
      owners.set(thing, [...before, index]);
    }
  }
  return members;
}

function ownThings({ network, disks }: DomainWish): string[] {
  const addresses = network.flatMap(({ ip, mac }) => [
    ...(ip === 'dhcp' ? [] : [ip]),
    ...(mac === undefined ? [] : [mac]),
  ]);
  const written = disks.filter(({ readonly }) => !readonly).map(({ source }) => `the disk ${source}, to write to`);
  return [...addresses.map((address) => `the address ${address}`), ...written];
}

/**
 * Of two of them, by their names, whether the first is over, and its memory free, when the second begins. One that is kept when
 * it crashes is never over.
 */
export function beforeOf({
  wishes,
  tasks,
}: Pick<Members, 'wishes' | 'tasks'>): (first: string, second: string) => boolean {
  const isBefore = orderOf(tasks);
  const places = new Map(wishes.map(({ name }, index) => [name, index]));
  return (first, second) => {
    const [one, other] = [places.get(first), places.get(second)];
    if (one === undefined || other === undefined || wishes[one]?.settings.on_crash === 'preserve') return false;
    return isBefore(one, other);
  };
}

function shared(thing: string, one: string, other: string): UserError {
  return new UserError(`${one} and ${other} would both have ${thing}, at the same time`, {
    next: [
      thing.startsWith('the address')
        ? 'leave ip and mac out of network: each then asks for an address of its own'
        : 'make it readonly: true, or give each domain a disk of its own',
      'or let one wait for the other: domains: {NAME: {after: {OTHER: ended}}}',
    ],
  });
}
