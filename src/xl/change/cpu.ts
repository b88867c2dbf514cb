/** How many vCPUs domains have switched on, and changing it; judged by how many Xen then shows as on. */
import { UserError } from '../../errors.js';
import { dom0Program } from '../../host/dom0-programs.js';
import type { Host } from '../../host/host.js';
import { waitFor } from '../../sys/clock.js';
import { orThrow } from '../../sys/exec.js';
import { parseRows } from '../facts/list-rows.js';
import type { DomainStatus } from '../observed/status.js';

export interface DomainCpus {
  name: string;
  id: number;
  /** On now; undefined if the domain is gone. */
  online: number | undefined;
  /** What there are, on or off: fixed when the domain was made. */
  most: number;
}

/** The domains' places are known. */
export async function readCpus(
  host: Host,
  domains: readonly DomainStatus[],
  signal?: AbortSignal,
): Promise<DomainCpus[]> {
  const options = { timeout: 60_000, ...(signal === undefined ? {} : { signal }) };
  const result = await host.exec(['xl', 'list', '-v'], options);
  signal?.throwIfAborted();
  const rows = new Map(
    parseRows(orThrow(result, 'listing the domains', host.name).stdout).map((row) => [row.uuid, row]),
  );
  return domains.map(({ name, id, uuid, places }) => ({
    name,
    id,
    online: rows.get(uuid)?.vcpus,
    most: places.length,
  }));
}

const setScript = dom0Program(
  'cpu-set',
  `
count=$1
shift
for id; do xl vcpu-set $id $count; done`,
);

/**
 * The domains' places are known. Switches vCPUs on or off until `wanted` are on, and waits until they are, or for `patience`
 * milliseconds.
 */
export async function setCpus(
  host: Host,
  domains: readonly DomainStatus[],
  wanted: number,
  patience: number,
  signal: AbortSignal,
): Promise<DomainCpus[]> {
  for (const { name, places, record } of domains) {
    if (wanted > 1 && record?.foreign !== true) throw uniprocessor(name);
    if (wanted <= places.length) continue;
    throw new UserError(`${name} has ${places.length} vCPUs, and not ${wanted}`, { exit: 'usage' });
  }
  const ids = domains.map(({ id }) => String(id));
  await host.script(setScript, [String(wanted), ...ids], { timeout: 60_000, shielded: true });
  let now: DomainCpus[] = [];
  const look = async () => {
    now = await readCpus(host, domains, signal);
    return now.every(({ online }) => online === undefined || online === wanted) || undefined;
  };
  await waitFor(look, { timeout: patience, interval: 150, signal });
  return now;
}

/** lwd's kernel has one processor. */
function uniprocessor(name: string): UserError {
  return new UserError(`${name} runs on one vCPU: lwd's kernel is a uniprocessor one, and others would never be used`, {
    exit: 'usage',
    next: ['run more domains instead: lwd up -d --name NAME'],
  });
}
