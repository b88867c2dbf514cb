/**
 * What a domain has in dom0 beside itself, and how that goes. Shell for dom0, fixed texts. The run script writes it down
 * before it makes anything, in a file of /run/lwd/domains named by the domain's UUID:
 *
 *   PROCESS START OLD POOL CPUS LOG
 *
 * PROCESS is the script's own number and START when it began, so that anybody can tell whether it still is at work; OLD is
 * how much of LOG is of earlier domains; POOL and CPUS are those of a pool made for it alone, or "-". If it is of a job, which
 * makes no pools, POOL is that job's mark (jobMark), "=" and more. CPUS of a shell is "shell", or "announced" as long as it has
 * no keeper yet (shell-script.ts). The file goes last. It is no record of domains (Xen has that): it says what to clear up when
 * there is no domain (any more).
 */
import { copiesDirectory } from './transfer.js';

/** Seconds that the guard of a lease has for destroying its domain. */
const slack = 15;

/** LWD_RUNS is for tests that run dom0's scripts without being root. */
export const runsVariable = `runs=\${LWD_RUNS:-/run/lwd/domains}`;

/** is_alive PROCESS START. The second field of stat may hold blanks and brackets. One that nobody has waited for yet is dead. */
export const isAlive = `
is_alive() {
  { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return
  set -- $2 \${stat##*) }
  [ "$1" = "\${21}" ] && [ "$2" != Z ]
}`;

/**
 * make_pool NAME CPUS [SCHEDULER], drop_pool NAME CPUS; CPUs are separated by commas. What was taken from the common pool goes
 * back if the new one does not come about, and CPUs of a pool that could be dropped in part only.
 */
export const poolFunctions = `
drop_pool() {
  xl cpupool-destroy "$1"
  set -- $? $2
  return_cpus $2
  return $1
}
return_cpus() {
  ifs=$IFS IFS=,
  for cpu in $1; do IFS=$ifs; xl cpupool-cpu-add Pool-0 $cpu; done
  IFS=$ifs
}
make_pool() {
  if xl cpupool-list "$1" >/dev/null 2>&1; then echo "there is a pool $1 already"; return 1; fi
  given=
  ifs=$IFS IFS=,
  for cpu in $2; do
    IFS=$ifs
    xl cpupool-cpu-remove Pool-0 $cpu || { return_cpus $given; return 1; }
    given=$given$cpu,
  done
  IFS=$ifs
  xl cpupool-create "name=\\"$1\\"" "sched=\\"\${3:-credit2}\\"" "cpus=\\"$2\\"" && return
  drop_pool "$1" $2 2>/dev/null
  return 1
}`;

/**
 * change_pool make_pool|drop_pool NAME CPUS [SCHEDULER]: for a pool that is no domain's. What it is about is written down as long
 * as it lasts, in a file of its own beside the domains': PROCESS START VERB CPUS. Needs `poolFunctions`.
 */
export const changePool = `
change_pool() {
  pools=\${runs%/*}/cpupools
  mkdir -p "$pools"
  read -r stat </proc/$$/stat
  stat=\${stat##*) }
  started=$(set -- $stat; echo \${20})
  echo "$$ $started $1 $3" >"$pools/$2"
  "$@"
  set -- $? "$2"
  rm -f "$pools/$2"
  return $1
}`;

/**
 * half_changed [WORDS]: those, and the name, of each pool of which nobody is at work any more on what was begun. Needs
 * `is_alive`.
 */
export const halfChanged = `
half_changed() {
  for file in "\${runs%/*}"/cpupools/*; do
    case $file in *'*') continue ;; esac
    { read -r process start rest <"$file"; } 2>/dev/null || continue
    is_alive $process $start || echo "$1\${file##*/}"
  done
}`;

/** What who comes too late is told, by the word "xl" (run-script.ts). */
export const jobIsOver = 'the job is over';

/** Seconds that a job's end is known to whoever comes too late: more than any connection is under way. */
const overKept = 600;

/**
 * is_over RESTART JOB …: whether that run of the job, by any of its names, has ended here. /run/lwd/over/JOB has how often the
 * job had been started anew by then, and when that was (uptime).
 */
export const isOver = `
is_over() {
  run=$1
  shift
  read -r now rest </proc/uptime
  for name; do
    { read -r last at <"\${runs%/*}/over/$name"; } 2>/dev/null || continue
    [ $run -gt $last ] || [ $((\${now%.*} - at)) -gt ${overKept} ] || return 0
  done
  return 1
}`;

/** set_over JOB RESTART: that run and those before it are over; a negative one: none is. Those of long ago go. */
export const setOver = `
set_over() {
  over=\${runs%/*}/over
  mkdir -p "$over"
  read -r now rest </proc/uptime
  find "$over" -type f -mmin +${Math.ceil(overKept / 60)} -exec rm -f '{}' ';'
  if [ $2 -lt 0 ]; then rm -f "$over/$1"; else echo "$2 \${now%.*}" >"$over/$1"; fi
}`;

/** mentions FILE WORD: whether it is in it. */
export const mentions = `
mentions() {
  while read -r line || [ -n "$line" ]; do
    case $line in *"$2"*) return ;; esac
  done 2>/dev/null <"$1"
  return 1
}`;

/**
 * destroy_half_made: what there is of the domain with $uuid when its xl was killed before it said so. Fails if that stays. No
 * single quotes in here.
 */
export const destroyHalfMade = `
destroy_half_made() {
  list=$(xl list -v) || return
  while read -r name number memory vcpus state time found rest; do
    [ "$found" != $uuid ] || xl destroy $number >/dev/null 2>&1 || return
  done <<END
$list
END
}`;

/** Ends what watches over the lease (lease-script.ts) of the domain with this UUID, if anything does. Needs `mentions`. */
export const endGuard = `
end_guard() {
  { read -r at seconds guard <"$runs/$1.lease"; } 2>/dev/null || return
  mentions "/proc/$guard/cmdline" $1 && kill "$guard"
}`;

/** is_expired FILE: a lease that ran out and that nobody guards, or its guard would have acted by now. Needs `mentions`. */
export const isExpired = `
is_expired() {
  at=
  { read -r at seconds guard <"$1"; } 2>/dev/null || return
  [ "$at" != ended ] || return
  read -r now rest </proc/uptime
  [ $((\${now%.*} - at)) -gt $((seconds + ${slack})) ] && ! mentions "/proc/$guard/cmdline" "$1"
}`;

/**
 * clear_up UUID: of a domain that is not there. Fails if it has to wait: a later domain of its name writes to the log that this
 * one wrote to. What a domain wrote to copies of volumes and disks stays.
 */
export const clearUp = `
clear_up() {
  log=
  { read -r process start old pool cpus log <"$runs/$1"; } 2>/dev/null
  if [ -n "$log" ]; then
    for other in "$runs"/*; do
      { read -r process since rest <"$other"; } 2>/dev/null || continue
      case $rest in *" $log") [ $since -le $start ] || return ;; esac
    done
    case $pool in -|=*) ;; *) drop_pool $pool $cpus >/dev/null 2>&1 ;; esac
    if [ "$old" = 0 ]; then rm -f "$log" "$log.end"
    else truncate -s $old "$log"; rm -f "$log.end"; fi
  fi
  [ -e "${copiesDirectory}/$1/about" ] && [ ! -e "${copiesDirectory}/$1/unused" ] || rm -rf "${copiesDirectory}/$1"
  end_guard $1
  rm -f "$runs/$1.lease" "$runs/$1" "\${runs%/*}/shells/$1"
}
${endGuard}`;
