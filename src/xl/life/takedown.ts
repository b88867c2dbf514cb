/** Taking domains down, whoever started them: ask, give grace, destroy, remove what is theirs; judged by a look afterwards. */
import { basename } from 'node:path';
import { dom0Program } from '../../host/dom0-programs.js';
import type { Host } from '../../host/host.js';
import type { ExecResult } from '../../sys/exec.js';
import { changeState } from '../change/pause.js';
import type { Outcome } from '../facts/outcome.js';
import { whyTheyRemain } from '../observed/remains.js';
import { shellName } from '../observed/shell.js';
import { awaitEnds, type DomainStatus, judgeEnded, listDomains } from '../observed/status.js';
import { removeOwnPool } from '../place/pool.js';
import { endGuard, mentions, poolFunctions, runsVariable } from '../script/leavings.js';
import { copiesDirectory } from '../script/transfer.js';
import { requestShutdowns } from './ending.js';
import { dropShells } from './shells.js';

export interface TakenDown {
  domain: DomainStatus;
  /** How it had ended, before or by this; "destroyed" if it did not end by itself. */
  outcome: Outcome;
  /** It is still there: what xl said. */
  leftBehind: string | undefined;
  /** The host has copies with what it wrote, which nobody has brought back (copies.ts). */
  keepsCopies: boolean;
}

export interface TakedownOptions {
  /** Milliseconds for running domains to end by themselves; 0: no asking. */
  grace: number;
  /** Aborted: no more grace. */
  signal: AbortSignal;
}

/**
 * Destroys each domain and removes its own pool and its part of the console's log. Parameters: four for each domain, its number,
 * UUID, log (may be empty) and offset in it. Those that go wrong are found by looking, and what was written down of what they
 * have (leavings.ts) stays for them. On stdout UUIDs of those whose copies are kept, for what was written to them.
 */
const destroyScript = dom0Program(
  'destroy',
  `
${runsVariable}
${mentions}
${endGuard}
${poolFunctions}
while [ $# -ge 4 ]; do
  (
    uuid=$2 log=$3 old=$4 run= pool=-
    xl destroy $1 && run=$runs/$uuid
    [ -z "$run" ] || { read -r process start at pool cpus rest <"$run"; } 2>/dev/null
    case $pool in -|=*) ;; *) drop_pool $pool $cpus >/dev/null 2>&1 ;; esac
    end_guard $uuid
    if [ -e "${copiesDirectory}/$uuid/about" ]; then echo "$uuid"
    elif [ -d "${copiesDirectory}/$uuid" ]; then rm -rf "${copiesDirectory}/$uuid"; fi
    if [ -n "$log" ]; then
      if [ $old = 0 ]; then rm -f "$log"; else truncate -s $old "$log"; fi
    fi
    # The last: who stays with it says that it clears up only as long as it is written down.
    [ -z "$run" ] || rm -f "$run.lease" "$run" "\${runs%/*}/shells/$uuid" \${log:+"$log.end"}
  ) &
  shift 4
done
wait`,
);

export async function takeDown(
  host: Host,
  domains: readonly DomainStatus[],
  options: TakedownOptions,
): Promise<TakenDown[]> {
  const outcomes = new Map(domains.map((domain) => [domain.id, domain.outcome]));
  const running = domains.filter(({ state }) => state === 'running');
  if (running.length > 0 && options.grace > 0) {
    for (const [id, outcome] of await endWithGrace(host, running, options)) outcomes.set(id, outcome);
  }
  const shells = domains.filter(({ state }) => state === 'shell');
  await dropShells(
    host,
    shells.map(({ uuid }) => uuid),
  );
  const others = domains.filter(({ state }) => state !== 'shell');
  const args = others.flatMap((domain) => [
    ...[String(domain.id), domain.uuid],
    ...[ownLog(domain), String(domain.logOffset)],
  ]);
  const result = await host.script(destroyScript, args, { timeout: 120_000, shielded: true });
  const { left, remains } = await findLeft(host, domains);
  const keeping = new Set(result.stdout.split('\n'));
  const pools = await removeOwnPools(
    host,
    domains.filter(({ uuid }) => !left.has(uuid)),
  );
  return domains.map((domain) => ({
    domain,
    outcome: outcomes.get(domain.id) ?? { kind: 'destroyed' },
    leftBehind: whyLeft(domain, left.get(domain.uuid), { result, remains }) ?? pools.get(domain.uuid),
    keepsCopies: keeping.has(domain.uuid),
  }));
}

/** What there is of these domains, by their UUIDs. `remains`: why those are still there that Xen has begun to destroy. */
async function findLeft(
  host: Host,
  domains: readonly DomainStatus[],
): Promise<{ left: Map<string, DomainStatus>; remains: string }> {
  const find = async () => new Map((await listDomains(host)).map((domain) => [domain.uuid, domain]));
  const left = await find();
  const dying = domains.map(({ uuid }) => uuid).filter((uuid) => left.get(uuid)?.state === 'dying');
  if (dying.length === 0) return { left, remains: '' };
  const remains = (await whyTheyRemain(host, dying)) ?? '';
  return { left: await find(), remains };
}

/** Pools that were made for these domains alone. Gives why one is still there, by the domain's UUID. */
async function removeOwnPools(host: Host, gone: readonly DomainStatus[]): Promise<Map<string, string>> {
  const failed = new Map<string, string>();
  for (const { uuid, name, record } of gone) {
    const why = await removeOwnPool(host, { name, pool: record?.pool });
    if (why !== undefined) failed.set(uuid, why);
  }
  return failed;
}

/** Ends domains and leaves those that end by themselves to be looked at; the others do not exist any more afterwards. */
export async function stop(
  host: Host,
  domains: readonly DomainStatus[],
  options: TakedownOptions,
): Promise<TakenDown[]> {
  const outcomes = new Map(domains.map((domain) => [domain.id, domain.outcome]));
  const alive = domains.filter(({ state }) => state !== 'ended');
  if (alive.length > 0) for (const [id, outcome] of await endWithGrace(host, alive, options)) outcomes.set(id, outcome);
  const late = domains.filter(({ id }) => outcomes.get(id) === undefined);
  const result = late.length === 0 ? undefined : await takeDown(host, late, { ...options, grace: 0 });
  const left = new Map(result?.map(({ domain, leftBehind }) => [domain.id, leftBehind]));
  return domains.map((domain) => ({
    domain,
    outcome: outcomes.get(domain.id) ?? { kind: 'destroyed' },
    leftBehind: left.get(domain.id),
    // Its status and output are kept too: `lwd down` tells of all.
    keepsCopies: false,
  }));
}

/** Destroys one domain, running or not, and its part of the log. */
export async function removeDomain(
  host: Host,
  domain: { id: number; uuid: string; log: string; logOffset: number },
): Promise<void> {
  const args = [String(domain.id), domain.uuid, domain.log, String(domain.logOffset)];
  await host.script(destroyScript, args, { timeout: 120_000, shielded: true });
}

/** The outcomes of those that ended in time. */
async function endWithGrace(
  host: Host,
  domains: readonly DomainStatus[],
  { grace, signal }: TakedownOptions,
): Promise<Map<number, Outcome>> {
  const ids = domains.map(({ id }) => id);
  await requestShutdowns(host, ids);
  // One that is paused cannot hear it. A half-made one is not woken.
  const asleep = domains.filter(({ state, record }) => state === 'paused' && record !== undefined);
  if (asleep.length > 0) await changeState(host, asleep, 'unpause');
  const over = AbortSignal.any([signal, AbortSignal.timeout(grace)]);
  try {
    const ends = await awaitEnds(host, ids, over);
    return new Map(
      domains.flatMap(({ id, record }) => {
        const ended = ends.get(id);
        return ended === undefined ? [] : [[id, judgeEnded(ended, record)]];
      }),
    );
  } catch (error) {
    if (!over.aborted) throw error;
  }
  const now = (await listDomains(host)).filter(({ id }) => ids.includes(id));
  return new Map(now.flatMap(({ id, outcome }) => (outcome === undefined ? [] : [[id, outcome]])));
}

/** The log as the domain's record names it, if it is the file that xenconsoled would write for it. */
export function ownLog(domain: DomainStatus): string {
  const { log = '', shell } = domain.record ?? {};
  const own = [domain.name, ...(shell === undefined ? [] : [shellName(shell, domain.uuid)])];
  return own.some((name) => basename(log) === `guest-${name}.log`) ? log : '';
}

function whyLeft(
  domain: DomainStatus,
  now: DomainStatus | undefined,
  { result, remains }: { result: ExecResult; remains: string },
): string | undefined {
  if (now === undefined) return undefined;
  if (now.state === 'dying') return remains;
  if (domain.state !== 'shell') return complaint(result);
  return now.state === 'shell' ? 'its keeper in dom0 does not end it' : `it was claimed meanwhile, as ${now.name}`;
}

function complaint(result: ExecResult): string {
  return result.stderr.trimEnd().split('\n').slice(-3).join('; ') || 'xl destroy did not do it';
}
