/**
 * A lease: what keeps a domain from outliving whoever started it. Shell for dom0, fixed texts, used by run-script.ts. A
 * domain with a lease of N seconds has a file UUID.lease beside the one that says what to clear up (leavings.ts): a line with
 * when it was last renewed, in seconds of dom0's uptime (which no clock jump moves), N, and the number of its guard: a
 * process in a session of its own, which sleeps until that is over, looks again, and then destroys the domain.
 *
 * The runner renews by words "alive SECONDS" to the run script, SECONDS being its own clock. What counts is when it
 * wrote, not when that came through: a line that was held up on the way buys no time. The two clocks are set against
 * each other by the quickest line so far; that one is forgotten at the rate of a second in 64 lines, which lets clocks drift.
 */
import { shellNames } from '../facts/domain-record.js';
import { noteFenced, showFenced } from './fenced.js';

/**
 * $1 lease's file, $2 domain's UUID, $3 process that makes the domain. No single quotes in here. If the file cannot be read,
 * what was read last holds. Times are cut to seconds: one more makes sure that nobody is ended early. A domain that has
 * ended by itself is left as it is; one that is just being made is waited for, and so is a shell that is just being claimed.
 * Whoever claims a shell writes its lease first (shell.c): so what the file says after a look at the name is of the domain's
 * owner. What the domain had used is written down first (fenced.ts). Who makes the domain removes the file when it has ended, and
 * the guard if nobody is there to do so.
 */
const guard = `
file=$1 uuid=$2 maker=$3 renewed=0 limit=0 patience=60
trap "kill \\$sleeper 2>/dev/null; exit" TERM
find_domain() {
  id= there= shell= line=
  list=$(xl list -v) || return
  while read -r name number memory vcpus state time found rest; do
    [ "$found" = "$uuid" ] || continue
    there=1
    case $name in ${shellNames}*) shell=1 ;; esac
    case $state in ???s*|?????d*) ;; *) id=$number line="$name $number $memory $vcpus $state $time $found -" ;; esac
  done <<END
$list
END
}
${noteFenced}
while [ -e "$file" ]; do
  read -r at seconds rest <"$file" && renewed=$at limit=$seconds
  read -r now rest </proc/uptime
  left=$((renewed + limit + 1 - \${now%.*}))
  if [ $left -gt 0 ]; then
    sleep $left & sleeper=$!
    wait $sleeper
    continue
  fi
  until find_domain; do sleep 1; done
  [ -z "$shell" ] || { sleep 2; continue; }
  at=$renewed
  read -r at rest <"$file" || [ -e "$file" ] || exit
  [ "$at" = "$renewed" ] || continue
  over=$there
  if [ -n "$id" ]; then
    echo "ended as nobody renewed it" 1<>"$file"
    runs=\${file%/*}
    note_fenced \${runs%/*}/fenced $uuid $id "$line"
    while xl destroy $id; until find_domain; do sleep 1; done; [ -n "$id" ]; do sleep 1; done
  fi
  if [ -n "$over" ]; then while [ -d /proc/$maker ] && [ -e "$file" ]; do sleep 1; done; fi
  [ -d /proc/$maker ] || patience=$((patience - 1))
  [ -z "$over" ] && [ $patience -gt 0 ] || { rm -f "$file"; exit; }
  sleep 1
done`;

/**
 * Writes the lease down and starts its guard. $1 folder of leases, $2 seconds, $3 process that makes the domain, $4 the guard's
 * text, $5 the domain's UUID. The guard has a session of its own, where there is a program for that: it is to live on when the
 * script is ended with all that it has started. No single quotes in here.
 */
const begin = `
read -r now rest </proc/uptime
own=$(command -v setsid) || own=
echo "\${now%.*} $2" >"$1/$5.lease" && {
  $own sh -c "$4" lwd "$1/$5.lease" $5 $3 </dev/null >/dev/null 2>&1 3<&- 4>&- 5>&- &
  echo "\${now%.*} $2 $!" 1<>"$1/$5.lease"
}`;

/**
 * Shell functions for the run script, which has $runs, $uuid and $lease (seconds). begin_lease is for a domain that is to be made
 * (parameters as above), and for a shell who claims it runs $beginning before that; take_lease is for who is to renew it then.
 * Renewals overwrite the file in place: there is no moment at which it is empty. end_lease succeeds if the lease ran out.
 */
export const leaseFunctions = `
guarding='${guard}'
beginning='${begin}'
begin_lease() { eval "$beginning"; }
take_lease() {
  read -r at seconds guard <"$runs/$uuid.lease"
  least= count=0
}
renew_lease() {
  sent=$1
  read -r now rest </proc/uptime
  late=$((\${now%.*} - sent)) count=$((count + 1))
  [ $((count % 64)) != 0 ] || least=$((least + 1))
  [ -n "$least" ] && [ $late -ge $least ] || least=$late
  read -r at rest <"$runs/$uuid.lease" && [ "$at" != ended ] || return 0
  echo "$((sent + least)) $lease $guard" 1<>"$runs/$uuid.lease"
}
end_lease() {
  kill $guard 2>/dev/null
  at=
  read -r at rest <"$runs/$uuid.lease"
  rm -f "$runs/$uuid.lease"
  [ "$at" = ended ]
}
${showFenced}`;
