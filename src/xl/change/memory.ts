/**
 * How much memory domains have, and changing it: xl sets a target, the guest gives back or takes, and what counts is how
 * many pages Xen then says it has.
 */
import { HostError, UserError } from '../../errors.js';
import { dom0Program } from '../../host/dom0-programs.js';
import type { Host } from '../../host/host.js';
import { waitFor } from '../../sys/clock.js';
import { orThrow } from '../../sys/exec.js';
import { parseRows } from '../facts/list-rows.js';
import { parseStoreListing } from '../facts/store-text.js';
import type { DomainStatus } from '../observed/status.js';

/** All in MiB. */
export interface DomainMemory {
  name: string;
  id: number;
  /** What Xen counts; undefined if the domain is gone. */
  current: number | undefined;
  /** What the host wants it to have. */
  target: number | undefined;
  /** What it may have at the most. */
  most: number | undefined;
  /** What of it the guest does not use, as the guest itself last said; undefined if it never said. */
  free: number | undefined;
}

export interface ChangedMemory extends DomainMemory {
  wanted: number;
  /** Where it stands; "moving": the time was over before it was there. */
  phase: BalloonPhase;
  reached: boolean;
  /** Why it is not reached: xl's words, or what is known. */
  complaint: string | undefined;
}

/** Xen also counts pages of its own making: a MiB either way is the same size. */
const tolerance = 1;

const readScript = dom0Program(
  'memory-read',
  `
xl list -v || exit
echo '--- nodes'
for id; do
  for node in memory/target memory/static-max data/lwd/memory; do
    value=$(xenstore-read /local/domain/$id/$node 2>/dev/null) && printf '/local/domain/%s/%s = "%s"\\n' $id $node "$value"
  done
done
exit 0`,
);

export async function readMemory(
  host: Host,
  domains: readonly DomainStatus[],
  signal?: AbortSignal,
): Promise<DomainMemory[]> {
  const options = { timeout: 60_000, ...(signal === undefined ? {} : { signal }) };
  const result = await host.script(
    readScript,
    domains.map(({ id }) => String(id)),
    options,
  );
  signal?.throwIfAborted();
  return parseMemory(orThrow(result, 'reading the size of domains', host.name).stdout, domains);
}

/** The output of readScript. */
export function parseMemory(
  text: string,
  domains: readonly Pick<DomainStatus, 'name' | 'id' | 'uuid'>[],
): DomainMemory[] {
  const [list = '', store = ''] = text.split('--- nodes\n');
  const rows = new Map(parseRows(list).map((row) => [row.uuid, row]));
  const nodes = parseStoreListing(store);
  return domains.map(({ name, id, uuid }) => {
    const node = (path: string) => nodes.get(`/local/domain/${id}/${path}`) ?? '';
    const own = /^v1 kib=\d{1,15} target=\d{1,15} free=(\d{1,15})$/.exec(node('data/lwd/memory'));
    return {
      name,
      id,
      current: rows.get(uuid)?.memory,
      target: mebibytes(node('memory/target')),
      most: mebibytes(node('memory/static-max')),
      free: mebibytes(own?.[1] ?? ''),
    };
  });
}

/** The MiB that are whole. */
function mebibytes(kibibytes: string): number | undefined {
  return /^\d{1,15}$/.test(kibibytes) ? Math.floor(Number(kibibytes) / 1024) : undefined;
}

/** Always with a unit: what xl takes a bare number for, its manual and its code say differently. */
const setScript = dom0Program(
  'memory-set',
  `
size=$1
shift
for id; do xl mem-set $id \${size}m 2>&1 | while read -r line; do printf '%s %s\\n' $id "$line"; done; done`,
);

/** Asks domains to have `wanted` MiB, and waits until they do, or for `patience` milliseconds. */
export async function setMemory(
  host: Host,
  domains: readonly DomainStatus[],
  wanted: number,
  patience: number,
  signal: AbortSignal,
): Promise<ChangedMemory[]> {
  const before = await readMemory(host, domains, signal);
  // Nobody answers any more, though Xen keeps its pages for its status.
  const over = domains.map(({ state }) => state === 'ended' || state === 'dying');
  for (const { name, most } of before) {
    if (most === undefined || wanted <= most) continue;
    throw new UserError(`${name} can have ${most} MiB at the most, and not ${wanted}`, {
      exit: 'usage',
      next: ['what a domain may grow to is said when it is made: domain.maxmem in lwd.yaml'],
    });
  }
  await checkHostHas(host, before, wanted);
  const ids = domains.filter((_, index) => !over[index]).map(({ id }) => String(id));
  const said = await host.script(setScript, [String(wanted), ...ids], { timeout: 60_000, shielded: true });
  let now = before;
  let phases = over.map((gone): BalloonPhase => (gone ? 'gone' : 'moving'));
  const look = async () => {
    now = await readMemory(host, domains, signal);
    phases = phases.map((phase, index) => balloonStep(phase, now[index] ?? {}, wanted));
    return phases.every((phase) => phase !== 'moving') || undefined;
  };
  await waitFor(look, { timeout: patience, interval: 150, signal });
  return now.map((memory, index) => ({
    ...judge(memory, wanted, said.stdout, domains[index]?.state === 'paused'),
    ...(over[index] ? { phase: 'gone', reached: false, complaint: 'it has ended' } : {}),
  }));
}

/** Where a domain is on its way to the size that is wanted. All but "moving" are ends: nobody waits for it any more. */
export type BalloonPhase = 'moving' | 'reached' | 'gone' | 'overruled';

/**
 * What a look at it comes to. A domain whose target is another by now has been told something else, by xl's failure or by
 * somebody's wish, and will not get there. Pure.
 */
export function balloonStep(
  phase: BalloonPhase,
  { current, target }: Partial<Pick<DomainMemory, 'current' | 'target'>>,
  wanted: number,
): BalloonPhase {
  if (phase !== 'moving') return phase;
  if (current === undefined) return 'gone';
  if (near(current, wanted)) return 'reached';
  return target !== undefined && target !== wanted ? 'overruled' : 'moving';
}

function near(current: number | undefined, wanted: number): boolean {
  return current !== undefined && Math.abs(current - wanted) <= tolerance;
}

/** What came of it, and why it is not more. */
export function judge(memory: DomainMemory, wanted: number, said: string, paused = false): ChangedMemory {
  const phase = balloonStep('moving', memory, wanted);
  const reached = phase === 'reached';
  return { ...memory, wanted, phase, reached, complaint: reached ? undefined : explain(memory, wanted, said, paused) };
}

function explain({ id, current, target }: DomainMemory, wanted: number, said: string, paused: boolean): string {
  if (current === undefined) return 'it has ended';
  const words = said
    .split('\n')
    .filter((line) => line.startsWith(`${id} `))
    .map((line) => line.slice(String(id).length + 1));
  if (target !== wanted) return words.slice(-3).join('; ') || `it is to have ${target ?? 'other'} MiB by now`;
  if (paused) return 'it is paused, and does nothing until it goes on (lwd unpause)';
  if (current > wanted) return 'what it has in use stays with it';
  return 'the host did not give it more';
}

/** Growing takes from what the host has free and has not promised. */
async function checkHostHas(host: Host, before: readonly DomainMemory[], wanted: number): Promise<void> {
  const more = before.reduce((sum, { current }) => sum + Math.max(0, wanted - (current ?? wanted)), 0);
  if (more <= tolerance * before.length) return;
  const info = orThrow(
    await host.exec(['xl', 'info'], { timeout: 60_000 }),
    'asking for free memory',
    host.name,
  ).stdout;
  const number = (key: string) => Number(new RegExp(`^${key}\\s*:\\s*(\\d+)`, 'm').exec(info)?.[1] ?? 0);
  const free = number('free_memory') - number('outstanding_claims');
  if (free >= more) return;
  throw new HostError(`${host.name} has ${free} MiB free, and ${more} more are wanted`, {
    exit: 'noResources',
    next: ['ask for less, or see what runs there: lwd ps'],
  });
}
