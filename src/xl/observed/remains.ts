/**
 * Domains that were destroyed and are still there: Xen keeps what is left of one as long as anybody in dom0 has memory of it
 * mapped, a backend that hangs for instance. Its name is free, and nothing of it runs any more.
 */
import type { Host } from '../../host/host.js';
import type { DomainSpec } from '../spec/spec.js';

/**
 * Parameters: UUIDs. Waits up to five seconds until Xen has none of these any more. Then, if there still is one, a line "there",
 * and one for each process of dom0 that has memory of domains mapped: its number and name. Those that have every domain's give it
 * back by themselves.
 */
const script = `
read -r start rest </proc/uptime
while :; do
  list=$(xl list -v) || exit
  there=
  for uuid; do case $list in *"$uuid"*) there=1 ;; esac; done
  [ -n "$there" ] || exit 0
  read -r now rest </proc/uptime
  [ $((\${now%.*} - \${start%.*})) -lt 5 ] || break
  sleep 0.2
done
echo there
for process in /proc/[0-9]*; do
  grep -q xen/gntdev $process/maps || continue
  read -r name <$process/comm
  case $name in xenstored|oxenstored|xenconsoled) ;; *) echo "\${process#/proc/} $name" ;; esac
done 2>/dev/null`;

const kept = 'Xen keeps it until nobody in dom0 has its memory mapped any more';

/**
 * Why domains that are dying do not go, in words; undefined if they have gone. Blocks for five seconds at most. Users of a broker
 * are not told which processes there are.
 */
export async function whyTheyRemain(host: Host, uuids: readonly string[]): Promise<string | undefined> {
  if (host.broker !== undefined) return kept;
  const { stdout } = await host.script(script, [...uuids], { timeout: 60_000 });
  if (!stdout.startsWith('there\n')) return undefined;
  const holders = [...stdout.matchAll(/^(\d+) ([\w.:-]{1,15})$/gm)].map(([, process, name]) => `${process} (${name})`);
  return holders.length === 0 ? kept : `${kept}; processes that have memory of domains: ${holders.join(', ')}`;
}

/**
 * Remarks on one that was just destroyed, if others in dom0 have worked for it: a server of volumes, or a backend of disks, that
 * hangs has perhaps not written all. Never rejects.
 */
export async function remainsOf(
  host: Host,
  { name, uuid, disks, volumes }: Pick<DomainSpec, 'name' | 'uuid' | 'disks' | 'volumes'>,
): Promise<string[]> {
  if (uuid === undefined || host.broker !== undefined || disks.length + volumes.length === 0) return [];
  const why = await whyTheyRemain(host, [uuid]).catch(() => undefined);
  return why === undefined ? [] : [`${name} is not wholly gone: ${why}`];
}
