/**
 * Room on a host for domains that are to be made: looks at what is there, refuses what does not fit, and chooses CPUs
 * where that was left to lwd. One look for all of them, so that none gets what another was given.
 */
import { UserError } from '../errors.js';
import type { Host } from '../host/host.js';
import { orThrow } from '../sys/exec.js';
import { refuse } from './admission.js';
import { chooseCpus } from './choose-cpus.js';
import { parseRows } from './list-rows.js';
import { commonPool, createPool, ownPool, removeOwnPool } from './pool.js';
import { autoCpus, type DomainWish } from './spec.js';
import { parsePlacements } from './status.js';
import { cpuList, parsePools, parseTopology } from './topology.js';

export interface PlacementFlags {
  /** undefined: any node. */
  numa: number | undefined;
  /** "exclusive": a pool of its own for each domain; else the name of one that is there. */
  pool: string | undefined;
}

export interface Placed {
  wish: DomainWish;
  /** For people; undefined if nothing had to be chosen. */
  why: string | undefined;
}

const lookScript = `
xl info -n || exit
echo '--- list'
xl list -v
echo '--- vcpus'
xl vcpu-list
echo '--- pools'
xl cpupool-list
echo '--- cpus'
xl cpupool-list -c`;

/** Whether a look is worth its time: xl itself refuses a single domain without a place of its own just as well. */
function needsPlace(wishes: readonly DomainWish[], flags: PlacementFlags): boolean {
  const asks = flags.numa !== undefined || flags.pool !== undefined;
  return asks || wishes.length > 1 || wishes.some(({ settings }) => settings.cpus === autoCpus);
}

const MiB = 2 ** 20;

/** Throws if they do not fit. Makes pools where they were asked for. Of a single one that leaves nothing to choose xl is the judge. */
export async function placeDomains(
  host: Host,
  wishes: readonly DomainWish[],
  flags: PlacementFlags,
): Promise<Placed[]> {
  if (!needsPlace(wishes, flags)) return wishes.map((wish) => ({ wish, why: undefined }));
  const text = orThrow(await host.script(lookScript, [], { timeout: 60_000 }), 'looking for room', host.name).stdout;
  const [info = '', afterInfo = ''] = text.split('--- list\n');
  const [list = '', afterList = ''] = afterInfo.split('--- vcpus\n');
  const [vcpus = '', pools = ''] = afterList.split('--- pools\n');
  const topology = parseTopology(info);
  const applicants = wishes.map(({ name, settings }) => ({
    name,
    memory: settings.memory / MiB,
    maxmem: settings.maxmem / MiB,
  }));
  const refusal = refuse(applicants, topology, new Set(parseRows(list).map(({ name }) => name)), host.name);
  if (refusal !== undefined) throw refusal;
  const known = parsePools(pools);
  const wanted = flags.pool === undefined || flags.pool === 'exclusive' ? commonPool : flags.pool;
  const pool = known.find(({ name }) => name === wanted);
  if (pool === undefined) {
    throw new UserError(`there is no pool ${JSON.stringify(wanted)} on ${host.name}`, {
      exit: 'usage',
      next: [`there are: ${known.map(({ name }) => name).join(', ')}; or give --pool exclusive`],
    });
  }
  const placements = new Map(parsePlacements(vcpus));
  const placed: Placed[] = [];
  for (const wish of wishes) {
    const one = placeOne(wish, flags, { topology, placements, cpus: pool.cpus });
    // Nobody after it may have these; numbers below 0 are of domains that are not there yet.
    if (one.cpus !== undefined) {
      placements.set(-1 - placed.length, [{ vcpu: 0, cpu: undefined, hard: cpuList(one.cpus), soft: 'all' }]);
    }
    placed.push(one);
  }
  return withPools(host, placed, flags.pool);
}

interface Room {
  topology: ReturnType<typeof parseTopology>;
  placements: ReturnType<typeof parsePlacements>;
  cpus: number[];
}

function placeOne(wish: DomainWish, { numa, pool }: PlacementFlags, room: Room): Placed & { cpus?: number[] } {
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
  const chosen = chooseCpus(room.topology, room.placements, room.cpus, { vcpus: settings.vcpus, memory, node: numa });
  const cpus = cpuList(chosen.cpus);
  const shared = chosen.withDom0 && pool !== 'exclusive';
  const why = shared ? `${chosen.why}; dom0 is not pinned and may run there too` : chosen.why;
  return { wish: { ...wish, placement: why, settings: { ...settings, cpus } }, why, cpus: chosen.cpus };
}

async function withPools(host: Host, placed: readonly Placed[], pool: string | undefined): Promise<Placed[]> {
  if (pool === undefined) return [...placed];
  if (pool !== 'exclusive') return placed.map(({ wish, why }) => ({ wish: { ...wish, pool }, why }));
  const made: Placed[] = [];
  try {
    for (const { wish, why } of placed) {
      const { name } = await createPool(host, ownPool(wish.name), wish.settings.cpus ?? '', 'credit2');
      made.push({ wish: { ...wish, pool: name }, why: `${why}; in pool ${name}, which goes with the domain` });
    }
  } catch (error) {
    for (const { wish } of made) await removeOwnPool(host, wish);
    throw error;
  }
  return made;
}
