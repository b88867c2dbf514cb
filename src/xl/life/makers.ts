/**
 * Ending what is only being made for jobs that are over: a look at the domains that there are does not show it, and it would be
 * there a moment later. The journal (leavings.ts) tells whose job each maker is at work for, before it makes anything.
 */
import { type BatchRecord, parseJobMark } from '../../batch/job-name.js';
import type { Host } from '../../host/host.js';
import { sleep } from '../../sys/clock.js';
import { orThrow } from '../../sys/exec.js';
import { isAlive, mentions, runsVariable, setOver } from '../script/leavings.js';
import { dropShells } from './shells.js';

/**
 * Parameters: none, or a job's name and the last of its runs that is over: whoever begins with that after this look finds it in
 * his way. Then who is at work for jobs: a line for each, the domain's UUID, the job's mark, and whether it is to be a shell.
 */
const lookScript = `
${runsVariable}
${isAlive}
${setOver}
[ $# = 0 ] || set_over $1 $2
for run in "$runs"/*; do
  { read -r process begun old pool mark log <"$run"; } 2>/dev/null || continue
  case $pool in =*) ;; *) continue ;; esac
  is_alive $process $begun && echo "\${run##*/} $pool $mark"
done
exit 0`;

/** Stands in the command line of whoever runs the script below, which is full of UUIDs too. */
const ourMark = 'lwd-ends-makers';

/**
 * Parameters: UUIDs of domains. Those that are whole stay, with whoever stays with them. Of each other everything goes at once
 * that has its UUID in its command line: the run script, what it has forked, and xl, which has it in its configuration. What they
 * leave is found by the next look, as whatever is left of makers that died.
 */
const endScript = `
: ${ourMark}
${runsVariable}
${isAlive}
${mentions}
is_whole() {
  while read -r name id memory vcpus state time found rest; do
    [ "$found" != $1 ] || { xenstore-exists /local/domain/$id/lwd/domain; return; }
  done <<END
$list
END
  return 1
}
for uuid; do
  { read -r process begun rest <"$runs/$uuid"; } 2>/dev/null && is_alive $process $begun || continue
  list=$(xl list -v) || exit
  ! is_whole $uuid || continue
  tries=0 found=1
  while [ -n "$found" ] && [ $tries -lt 40 ]; do
    found=
    for process in /proc/[0-9]*; do
      mentions $process/cmdline $uuid && ! mentions $process/cmdline ${ourMark} || continue
      kill -9 \${process#/proc/} 2>/dev/null && found=1
    done
    [ -z "$found" ] || sleep 0.05
    tries=$((tries + 1))
  done
done
exit 0`;

/** Looks for shells, of which one is announced, kept, and dropped within a few. */
const mostLooks = 20;

/** Of a job: until which of its runs it is over here. */
export interface OverRuns {
  name: string;
  /** How often it had been started anew; -1: no run is over. */
  restart: number;
}

/**
 * Ends the shells of jobs that are meant, and whatever makes domains for them. What is left of those then is found by
 * listDomains, and so is a domain that was made in time.
 * What of the runs that are `over` begins later, as its way to dom0 was long, is refused there.
 */
export async function endMakers(host: Host, isMeant: (batch: BatchRecord) => boolean, over?: OverRuns): Promise<void> {
  const ended = new Set<string>();
  for (let look = 0; look < mostLooks; look++) {
    const mark = look === 0 && over !== undefined ? [over.name, String(over.restart)] : [];
    const seen = await host.script(lookScript, mark, { timeout: 60_000 });
    const { stdout } = orThrow(seen, 'looking for what is being made for a job', host.name);
    const meant = [...stdout.matchAll(/^(\S+) (=\S+) (\S+)$/gm)].flatMap(([, uuid = '', job = '', sort]) => {
      const batch = parseJobMark(job);
      return batch !== undefined && isMeant(batch) ? [{ uuid, isShell: sort !== '-' }] : [];
    });
    const shells = meant.filter(({ isShell }) => isShell).map(({ uuid }) => uuid);
    const others = meant.filter(({ uuid, isShell }) => !isShell && !ended.has(uuid)).map(({ uuid }) => uuid);
    if (shells.length + others.length === 0) return;
    await dropShells(host, shells);
    if (others.length > 0) {
      const done = await host.script(endScript, others, { timeout: 60_000, shielded: true });
      orThrow(done, 'ending what is being made for a job', host.name);
      for (const uuid of others) ended.add(uuid);
    }
    if (shells.length > 0) await sleep(200);
  }
}
