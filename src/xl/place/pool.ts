/**
 * Pools of the host's CPUs, each with a scheduler of its own. xl changes them in steps that can succeed in part, so each
 * change is judged by a look afterwards, and one that failed is taken back.
 */
import { HostError, UserError } from '../../errors.js';
import type { Host } from '../../host/host.js';
import { sha256 } from '../../sys/digest.js';
import { orThrow } from '../../sys/exec.js';
import { cpuList, type Pool, parsePools } from '../facts/topology.js';
import { type DomainStatus, parsePlacements } from '../observed/status.js';
import { changePool, poolFunctions, runsVariable } from '../script/leavings.js';
import { checkCpus, checkName } from '../spec/spec.js';
import { expandCpus } from './placement.js';

/** That every host has, that dom0 cannot leave, and that has the CPUs of no other pool. */
export const commonPool = 'Pool-0';

/** xl prints a longer name without a blank to what is beside it, so that it could not be read back. */
const longestName = 15;

/** The pool that a domain has for itself, which goes with it. Names of domains can be longer than those of pools. */
export function ownPool(name: string): string {
  return `lwd-${sha256(name).slice(0, longestName - 4)}`;
}

const timeout = 60_000;

const listScript = `
xl cpupool-list || exit
echo '--- cpus'
xl cpupool-list -c`;

const changeScript = `
${runsVariable}
${poolFunctions}
${changePool}
change_pool "$@" >&2`;

export async function listPools(host: Host): Promise<Pool[]> {
  return parsePools(orThrow(await host.script(listScript, [], { timeout }), 'listing pools', host.name).stdout);
}

/** The pool of this name. Throws UserError. */
function findPool(pools: readonly Pool[], name: string, host: Host): Pool {
  const found = pools.find((pool) => pool.name === name);
  if (found !== undefined) return found;
  throw new UserError(`there is no pool ${JSON.stringify(name)} on ${host.name}`, {
    exit: 'usage',
    next: [`there are: ${pools.map((pool) => pool.name).join(', ')}`],
  });
}

/** Makes a pool of CPUs that only the common pool has. */
export async function createPool(host: Host, name: string, cpus: string, scheduler: string): Promise<Pool> {
  checkName(name);
  if (name.length > longestName) {
    throw new UserError(`"${name}" is too long for a pool's name`, {
      exit: 'usage',
      next: [`use ${longestName} characters at most`],
    });
  }
  checkCpus(cpus);
  if (!/^[a-z0-9]{1,15}$/.test(scheduler)) throw new UserError(`"${scheduler}" is no scheduler`, { exit: 'usage' });
  const wanted = expandCpus(cpus);
  if (wanted === undefined || wanted === 'all') {
    throw new UserError(`--cpus: a pool is made of CPUs by their numbers, and not of "${cpus}"`, { exit: 'usage' });
  }
  const pools = await listPools(host);
  checkFree(pools, name, [...wanted], host);
  const args = [name, [...wanted].join(','), scheduler];
  const result = await host.script(changeScript, ['make_pool', ...args], { timeout, shielded: true });
  const made = (await listPools(host)).find((pool) => pool.name === name);
  if (made !== undefined && cpuList(made.cpus) === cpuList([...wanted]) && made.scheduler === scheduler) return made;
  throw new HostError(`pool ${name} could not be made of CPUs ${cpus} with ${scheduler}`, {
    exit: 'cannotCreate',
    next: [result.stderr.trimEnd().split('\n').slice(-3).join('; ') || 'see which there are: lwd pool list'],
  });
}

/** Throws if a pool of this name cannot be made of these CPUs. */
export function checkFree(pools: readonly Pool[], name: string, wanted: readonly number[], host: Host): void {
  if (pools.some((pool) => pool.name === name)) {
    throw new UserError(`there is a pool ${name} already on ${host.name}`, {
      exit: 'cannotCreate',
      next: [`remove that one: lwd pool rm ${name}`],
    });
  }
  const common = pools.find((pool) => pool.name === commonPool)?.cpus ?? [];
  const missing = wanted.filter((cpu) => !common.includes(cpu));
  if (missing.length > 0) {
    throw new UserError(`CPUs ${cpuList(missing)} are not in ${commonPool}, from which a pool takes its CPUs`, {
      exit: 'noResources',
      next: [`${commonPool} has: ${cpuList(common)}; see: lwd pool list`],
    });
  }
  if (wanted.length >= common.length) {
    throw new UserError(`${commonPool} would have no CPU left, and dom0 runs there`, {
      exit: 'noResources',
      next: [`it has: ${cpuList(common)}`],
    });
  }
}

/** Removes a pool in which no domain is, and gives its CPUs back. */
export async function removePool(host: Host, name: string): Promise<Pool> {
  return removeListed(host, findPool(await listPools(host), name, host));
}

async function removeListed(host: Host, pool: Pool): Promise<Pool> {
  const { name } = pool;
  if (name === commonPool) throw new UserError(`${commonPool} cannot be removed: dom0 runs there`, { exit: 'usage' });
  if (pool.domains > 0) {
    throw new UserError(`${pool.domains} domain(s) are in pool ${name}`, {
      exit: 'usage',
      next: [`move them: lwd pool move NAME ${commonPool}; or end them: lwd down NAME`],
    });
  }
  const args = [name, pool.cpus.join(',')];
  const result = await host.script(changeScript, ['drop_pool', ...args], { timeout, shielded: true });
  const now = await listPools(host);
  const common = now.find((other) => other.name === commonPool)?.cpus ?? [];
  const lost = pool.cpus.filter((cpu) => !common.includes(cpu));
  if (now.every((other) => other.name !== name) && lost.length === 0) return pool;
  throw new HostError(
    `pool ${name} is not wholly gone${lost.length > 0 ? `: CPUs ${cpuList(lost)} are in none` : ''}`,
    {
      exit: 'toolFailed',
      next: [result.stderr.trimEnd().split('\n').slice(-3).join('; ') || 'see: lwd pool list'],
    },
  );
}

/** Removes the pool, if it was made for this domain alone. Gives why it is still there. */
export async function removeOwnPool(
  host: Host,
  { name, pool }: { name: string; pool?: string | undefined },
): Promise<string | undefined> {
  if (pool === undefined || pool !== ownPool(name)) return undefined;
  try {
    const own = (await listPools(host)).find((other) => other.name === pool);
    if (own !== undefined) await removeListed(host, own);
    return undefined;
  } catch (error) {
    return `pool ${pool} is still there (${(error as Error).message}); then: lwd pool rm ${pool}`;
  }
}

/** Parameters: pool, domains. */
const moveScript = `
name=$1
shift
for id; do xl cpupool-migrate $id "$name"; done
echo '--- pools'
xl list -c
echo '--- vcpus'
xl vcpu-list "$@"`;

export interface MovedDomain {
  name: string;
  id: number;
  /** Where it is now; undefined if it is gone. */
  pool: string | undefined;
  /** Where its vCPUs may run there. */
  cpus: string;
}

export async function moveToPool(host: Host, domains: readonly DomainStatus[], name: string): Promise<MovedDomain[]> {
  findPool(await listPools(host), name, host);
  const args = [name, ...domains.map(({ id }) => String(id))];
  const { stdout } = await host.script(moveScript, args, { timeout, shielded: true });
  const [, after = ''] = stdout.split('--- pools\n');
  const [list = '', vcpus = ''] = after.split('--- vcpus\n');
  const pools = parseMembers(list);
  const places = parsePlacements(vcpus);
  return domains.map((domain) => ({
    name: domain.name,
    id: domain.id,
    pool: pools.get(domain.id),
    cpus: [...new Set((places.get(domain.id) ?? []).map(({ hard }) => hard))].join('/'),
  }));
}

/** `xl list -c`: domain → pool. */
export function parseMembers(text: string): Map<number, string> {
  const line = /^.+? +(\d+) +\d+ +\d+ +[a-zA-Z?-]{6} +\d+\.\d *(\S+)\s*$/gm;
  return new Map([...text.matchAll(line)].map(([, id, pool = '']): [number, string] => [Number(id), pool]));
}
