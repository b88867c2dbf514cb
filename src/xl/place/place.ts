/**
 * Room on a host for domains that are to be made: looks at what is there, refuses what does not fit, and chooses CPUs
 * where that was left to lwd. One look for all of them, so that none gets what another was given.
 */
import { UserError } from '../../errors.js';
import type { Host } from '../../host/host.js';
import { orThrow } from '../../sys/exec.js';
import { isShellName } from '../facts/domain-record.js';
import { parseRows } from '../facts/list-rows.js';
import { cpuList, type Pool, parsePools, parseTopology } from '../facts/topology.js';
import { parsePlacements } from '../observed/status.js';
import { autoCpus, type DomainWish } from '../spec/spec.js';
import { areApart, type Before, refuse } from './admission.js';
import { type ChosenCpus, chooseCpus } from './choose-cpus.js';
import { chooseTogether, defaultPatience, parseClaims, partOfLook } from './choose-together.js';
import { Claim, claimsFolder, lookScript } from './claim.js';
import { checkCpus, expandCpus } from './placement.js';
import { checkFree, commonPool, ownPool } from './pool.js';

export interface PlacementFlags {
  /** undefined: any node. */
  numa: number | undefined;
  /** "exclusive": a pool of its own for each domain; else the name of one that is there. */
  pool: string | undefined;
  /** Only these CPUs are to be chosen of. If none of them is free, domains share all of them. */
  among?: readonly number[] | undefined;
  /** By their names; none, if not given. */
  before?: Before | undefined;
  /** Milliseconds for agreeing with others who choose CPUs at the same time. */
  patience?: number | undefined;
}

export interface Placed {
  wish: DomainWish;
  /** For people; undefined if nothing had to be chosen. */
  why: string | undefined;
}

/**
 * Whether a look is worth its time: xl itself refuses a single domain without a place of its own just as well, but only when what
 * it is to have from here has been copied.
 */
function needsPlace(wishes: readonly DomainWish[], flags: PlacementFlags): boolean {
  const copies = wishes.some(({ volumes, disks }) => volumes.length + disks.length > 0);
  // Of a list of CPUs xl takes what is there, without a word of the rest. In a job they are of its share, and so there.
  const lists =
    flags.among === undefined && wishes.some(({ settings }) => expandCpus(settings.cpus ?? '') instanceof Set);
  const asks = copies || lists || flags.numa !== undefined || flags.pool !== undefined;
  return asks || wishes.length > 1 || wishes.some(({ settings }) => settings.cpus === autoCpus);
}

const MiB = 2 ** 20;

/** Where the domains are to be, and what keeps others from choosing the same until they are there. */
export interface Room {
  placed: Placed[];
  /** When the domains are there, or are not to be made. */
  release(): Promise<void>;
}

/**
 * Throws if they do not fit, or the signal's reason. Of a single one that leaves nothing to choose xl is the judge.
 */
export async function findRoom(
  host: Host,
  wishes: readonly DomainWish[],
  flags: PlacementFlags,
  signal?: AbortSignal,
): Promise<Room> {
  if (!needsPlace(wishes, flags)) return { placed: wishes.map((wish) => ({ wish, why: undefined })), release };
  if (host.broker !== undefined) return { placed: unplaced(wishes, flags), release };
  const chooses = flags.pool === 'exclusive' || wishes.some(({ settings }) => settings.cpus === autoCpus);
  if (!chooses) {
    const text = orThrow(
      await host.script(lookScript, [claimsFolder], { timeout: 60_000 }),
      'looking for room',
      host.name,
    ).stdout;
    return { placed: placeAll(host, wishes, flags, text).placed, release };
  }
  const claim = new Claim(host);
  try {
    const patience = Math.min(flags.patience ?? defaultPatience, defaultPatience);
    const choose = (text: string) => placeAll(host, wishes, flags, text);
    const { placed } = await chooseTogether(claim, choose, { patience, signal }, host);
    return { placed, release: () => claim.release() };
  } catch (error) {
    await claim.release();
    throw error;
  }
}

async function release(): Promise<void> {}

/** What a broker makes is for it to find room for; it shows nobody what others have. */
function unplaced(asked: readonly DomainWish[], { numa, pool, among }: PlacementFlags): Placed[] {
  const wishes = asked.map((wish) =>
    among !== undefined && wish.settings.cpus === autoCpus ? onAll(wish, among) : wish,
  );
  if (numa !== undefined || pool === 'exclusive' || wishes.some(({ settings }) => settings.cpus === autoCpus)) {
    throw new UserError('without root, CPUs cannot be chosen by what is free: that would show what others run', {
      exit: 'noPermission',
      next: ['name the CPUs: --cpus LIST, or a pool that is there: --pool NAME', "or leave it to the site's policy"],
    });
  }
  return wishes.map((wish) => ({ wish: pool === undefined ? wish : { ...wish, pool }, why: undefined }));
}

/** Nobody says which of a job's CPUs are free. */
function onAll(wish: DomainWish, among: readonly number[]): DomainWish {
  return { ...wish, settings: { ...wish.settings, cpus: cpuList(among) } };
}

function parseLook(text: string) {
  const part = (name: string) => partOfLook(text, name);
  const placements = new Map(parsePlacements(part('vcpus')));
  // Numbers below 0 are of domains that are not there yet.
  for (const [index, { cpus }] of parseClaims(text).entries()) {
    placements.set(-1 - index, [{ vcpu: 0, cpu: undefined, hard: cpus, soft: 'all' }]);
  }
  const rows = parseRows(part('list'));
  const shells = rows.filter(({ name }) => isShellName(name));
  return {
    placements,
    topology: parseTopology(part('info')),
    names: new Set(rows.map(({ name }) => name)),
    held: shells.reduce((sum, { memory }) => sum + memory, 0),
    pools: parsePools(part('pools')),
  };
}

/** Where each is to be, by this look; and all CPUs that were chosen. Pure. */
function placeAll(
  host: Host,
  wishes: readonly DomainWish[],
  flags: PlacementFlags,
  text: string,
): { placed: Placed[]; cpus: number[] } {
  const { placements, topology, names, pools, held } = parseLook(text);
  const applicants = wishes.map(({ name, settings }) => ({
    name,
    memory: settings.memory / MiB,
    maxmem: settings.maxmem / MiB,
  }));
  const refusal = refuse(applicants, topology, names, host.name, { before: flags.before, held });
  if (refusal !== undefined) throw refusal;
  const wanted = flags.pool === undefined || flags.pool === 'exclusive' ? commonPool : flags.pool;
  const pool = pools.find(({ name }) => name === wanted);
  if (pool === undefined) {
    throw new UserError(`there is no pool ${JSON.stringify(wanted)} on ${host.name}`, {
      exit: 'usage',
      next: [`there are: ${pools.map(({ name }) => name).join(', ')}; or give --pool exclusive`],
    });
  }
  checkCpus(host.name, wishes, topology.cpus);
  const placed: (Placed & { cpus?: number[] })[] = [];
  for (const wish of wishes) {
    // Who is over before this one begins, or the other way round, may have had the same.
    const beside = placed.filter((other) => !areApart(flags.before, other.wish.name, wish.name));
    const own = new Map(placements);
    for (const { cpus = [] } of beside) {
      if (cpus.length > 0) own.set(-1 - own.size, [{ vcpu: 0, cpu: undefined, hard: cpuList(cpus), soft: 'all' }]);
    }
    placed.push(placeOne(wish, flags, { topology, placements: own, cpus: pool.cpus }));
  }
  const cpus = [...new Set(placed.flatMap((one) => one.cpus ?? []))].sort((a, b) => a - b);
  return { placed: withPools(host, placed, pools, flags), cpus };
}

interface View {
  topology: ReturnType<typeof parseTopology>;
  placements: ReturnType<typeof parsePlacements>;
  cpus: number[];
}

function placeOne(wish: DomainWish, { numa, pool, among }: PlacementFlags, room: View): Placed & { cpus?: number[] } {
  const { settings } = wish;
  if (settings.cpus !== autoCpus && pool !== 'exclusive') {
    if (numa === undefined) return { wish, why: undefined };
    if (settings.cpus !== undefined) {
      throw new UserError(`--numa and CPUs ${settings.cpus} both say where to run`, {
        exit: 'usage',
        next: ['give --numa alone, or with --cpus auto'],
      });
    }
    return { wish: { ...wish, settings: { ...settings, cpus: `node:${numa}` } }, why: undefined };
  }
  const memory = settings.memory / MiB;
  const allowed = among === undefined ? room.cpus : room.cpus.filter((cpu) => among.includes(cpu));
  const chosen = chooseOrShare(among, () =>
    chooseCpus(room.topology, room.placements, allowed, { vcpus: settings.vcpus, memory, node: numa }),
  );
  if (chosen === undefined) {
    const all = cpuList(among ?? []);
    const why = `CPUs ${all}, which other steps of the job have too: none is free`;
    return { wish: { ...wish, placement: why, chosen: true, settings: { ...settings, cpus: all } }, why };
  }
  const cpus = cpuList(chosen.cpus);
  const shared = chosen.withDom0 && pool !== 'exclusive';
  const why = shared ? `${chosen.why}; dom0 is not pinned and may run there too` : chosen.why;
  return { wish: { ...wish, placement: why, chosen: true, settings: { ...settings, cpus } }, why, cpus: chosen.cpus };
}

/** undefined if there are too few, and those that there are may be shared. */
function chooseOrShare(among: readonly number[] | undefined, choose: () => ChosenCpus): ChosenCpus | undefined {
  try {
    return choose();
  } catch (error) {
    if (among === undefined || !(error instanceof UserError)) throw error;
    return undefined;
  }
}

/** A domain's own pool is made with the domain (run-script.ts); that it can be is checked here, for all of them together. */
function withPools(
  host: Host,
  placed: readonly Placed[],
  known: readonly Pool[],
  { pool, before }: PlacementFlags,
): Placed[] {
  if (pool === undefined) return placed.map(({ wish, why }) => ({ wish, why }));
  if (pool !== 'exclusive') return placed.map(({ wish, why }) => ({ wish: { ...wish, pool }, why }));
  return placed.map(({ wish, why }, index) => {
    const name = ownPool(wish.name);
    const beside = placed.slice(0, index).filter((other) => !areApart(before, other.wish.name, wish.name));
    const taken = new Set(beside.flatMap((other) => cpusOf(other.wish)));
    const left = known.map((other) => ({ ...other, cpus: other.cpus.filter((cpu) => !taken.has(cpu)) }));
    checkFree(left, name, cpusOf(wish), host);
    return { wish: { ...wish, pool: name }, why: `${why}; in pool ${name}, which goes with the domain` };
  });
}

function cpusOf({ settings }: DomainWish): number[] {
  return [...(expandCpus(settings.cpus ?? '') ?? [])].map(Number);
}
