/**
 * What domains use: processor time and memory from Xen, disk and network from the backends in dom0. One look is totals;
 * two looks are rates.
 */
import { dom0Program } from '../../host/dom0-programs.js';
import type { Host } from '../../host/host.js';
import { monotonic } from '../../sys/clock.js';
import { orThrow } from '../../sys/exec.js';
import { uuidPrefix } from '../facts/domain-record.js';
import { parseRows } from '../facts/list-rows.js';

export interface Usage {
  name: string;
  id: number;
  uuid: string;
  /** MiB */
  memory: number;
  vcpus: number;
  cpuSeconds: number;
  /** Bytes since the domain began, as the domain sees them. */
  diskRead: number;
  diskWritten: number;
  netReceived: number;
  netSent: number;
}

export interface Sample {
  /** Milliseconds, of a clock that never goes back. */
  at: number;
  domains: Usage[];
}

/** Counters of the backends: a file a line, "PATH VALUE". */
const script = dom0Program(
  'stats',
  `
xl list -v || exit
echo '--- counters'
for file in /sys/bus/xen-backend/devices/vbd-*/statistics/*_sect /sys/class/net/vif*/statistics/?x_bytes; do
  [ -r $file ] && read -r value <$file && echo $file $value
done
exit 0`,
);

export async function sampleUsage(host: Host, signal?: AbortSignal): Promise<Sample> {
  const result = await host.script(script, [], { timeout: 60_000, ...(signal === undefined ? {} : { signal }) });
  signal?.throwIfAborted();
  const { stdout } = orThrow(result, 'counting what domains use', host.name);
  return { at: monotonic(), domains: parseUsage(stdout) };
}

const sectorBytes = 512;

/** The output of the script. Exported for its tests. */
export function parseUsage(text: string): Usage[] {
  const [list = '', files = ''] = text.split('--- counters\n');
  const counters = parseCounters(files);
  return parseRows(list)
    .filter(({ uuid }) => uuid.startsWith(uuidPrefix))
    .map(({ name, id, uuid, memory, vcpus, time }) => {
      const count = (what: string) => counters.get(`${id} ${what}`) ?? 0;
      return {
        name,
        id,
        uuid,
        memory,
        vcpus,
        cpuSeconds: time,
        diskRead: count('rd_sect') * sectorBytes,
        diskWritten: count('wr_sect') * sectorBytes,
        // What the backend sends is what the domain receives.
        netReceived: count('tx_bytes'),
        netSent: count('rx_bytes'),
      };
    });
}

/** "ID COUNTER" → the sum over the domain's devices. */
function parseCounters(text: string): Map<string, number> {
  const sums = new Map<string, number>();
  const line = /^\S*\/(?:vbd-|vif)(\d+)[.-]\d+\/statistics\/(\w+) (\d{1,20})$/gm;
  for (const [, id, what, value] of text.matchAll(line)) {
    const key = `${id} ${what}`;
    sums.set(key, (sums.get(key) ?? 0) + Number(value));
  }
  return sums;
}

export interface Rates extends Usage {
  /** Of one CPU, since the last look; undefined for a domain that was not there then. */
  cpuPercent: number | undefined;
  /** Bytes a second. */
  diskRate: number | undefined;
  netRate: number | undefined;
}

export function ratesBetween(before: Sample, now: Sample): Rates[] {
  const seconds = Math.max((now.at - before.at) / 1000, 1e-3);
  const earlier = new Map(before.domains.map((domain) => [domain.uuid, domain]));
  return now.domains.map((domain) => {
    const old = earlier.get(domain.uuid);
    const rate = (count: (usage: Usage) => number) =>
      old === undefined ? undefined : Math.max(0, count(domain) - count(old)) / seconds;
    const cpu = rate(({ cpuSeconds }) => cpuSeconds);
    return {
      ...domain,
      cpuPercent: cpu === undefined ? undefined : cpu * 100,
      diskRate: rate(({ diskRead, diskWritten }) => diskRead + diskWritten),
      netRate: rate(({ netReceived, netSent }) => netReceived + netSent),
    };
  });
}
