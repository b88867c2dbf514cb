/**
 * Domains that were destroyed and are still there: Xen keeps what is left of one as long as anybody in dom0 has memory of it
 * mapped, a backend that hangs for instance. Its name is free, and nothing of it runs any more.
 */
import type { Host } from '../host/host.js';

/**
 * Parameters: UUIDs. Waits up to five seconds until Xen has none of these any more. Then, if there still is one, a line for each
 * process of dom0 that has memory of domains mapped: its number and name. Those that have every domain's give it back by
 * themselves.
 */
const script = `
tries=0
while [ $tries -lt 25 ]; do
  list=$(xl list -v) || exit
  there=
  for uuid; do case $list in *"$uuid"*) there=1 ;; esac; done
  [ -n "$there" ] || exit 0
  sleep 0.2
  tries=$((tries + 1))
done
for process in /proc/[0-9]*; do
  grep -q xen/gntdev $process/maps || continue
  read -r name <$process/comm
  case $name in xenstored|oxenstored|xenconsoled) ;; *) echo "\${process#/proc/} $name" ;; esac
done 2>/dev/null`;

/** Why domains that are dying do not go, in words; blocks for five seconds at most if they do not. */
export async function whyTheyRemain(host: Host, uuids: readonly string[]): Promise<string> {
  const { stdout } = await host.script(script, [...uuids], { timeout: 60_000 });
  const holders = [...stdout.matchAll(/^(\d+) ([\w.:-]{1,15})$/gm)].map(([, process, name]) => `${process} (${name})`);
  const kept = 'Xen keeps it until nobody in dom0 has its memory mapped any more';
  return holders.length === 0 ? kept : `${kept}; processes that have memory of domains: ${holders.join(', ')}`;
}
