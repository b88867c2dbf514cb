/** Programs for dom0 that look at domains: several of Xen's tools at the price of one round trip. Fixed texts. */
import { dom0Program } from '../host/dom0-programs.js';

import { isAlive, isExpired, runsVariable } from './leavings.js';

/**
 * Shell functions: `until_ended` runs until none of the domains whose numbers are given runs any more (xenstore tells
 * when to look), or until stdin (as fd 3) ends, with status 1 then. Leaves `xl list -v` on its stdout.
 */
const untilEnded = `
until_ended() {
  sh -c 'echo $$; exec xenstore-watch @releaseDomain' 3<&- | {
    read -r watch
    { read -r end <&3; kill $watch; } >/dev/null 2>&1 &
    lifeline=$!
    alive=1
    while read -r event; do
      list=$(xl list -v) || break
      alive=
      while read -r name id memory vcpus state rest; do
        for wanted; do
          [ "$id" = "$wanted" ] || continue
          case $state in ???s*|?????d*) ;; *) alive=1 ;; esac
        done
      done <<END
$list
END
      [ -n "$alive" ] || break
    done
    kill $watch $lifeline 2>/dev/null
    [ -z "$alive" ] && printf '%s\\n' "$list"
  }
}
exec 3<&0 </dev/null`;

/**
 * Prints `xl list -v`, and of each domain's leavings (leavings.ts) that nobody is at work on any more a line; if there are domains whose UUID begins with the parameter, then also their own nodes, the guest's
 * nodes of those that have ended, and where their vCPUs are.
 */
export const statusScript = dom0Program(
  'status',
  `
${runsVariable}
${isAlive}
${isExpired}
list=$(xl list -v) || exit
printf '%s\\n' "$list"
for run in "$runs"/*; do
  case $run in
  *'*') continue ;;
  *.lease)
    ! is_expired "$run" || echo "expired \${run##*/}"
    continue ;;
  esac
  { read -r process start rest <"$run"; } 2>/dev/null || continue
  is_alive $process $start || echo "left \${run##*/}"
done
ids= ended= paths= id= memory= vcpus= state= time=
# Words, since a shell reads lines byte by byte: the sixth behind a name, whatever that holds, is the UUID.
set -f
for word in $list; do
  case $word in
  "$1"????-????-????-????????????)
    ids="$ids $id"
    paths="$paths /local/domain/$id/lwd/domain /local/domain/$id/lwd/offset"
    case $state in ???s*) ended="$ended $id" ;; esac ;;
  esac
  id=$memory memory=$vcpus vcpus=$state state=$time time=$word
done
set +f
[ -n "$ids" ] || exit 0
echo '--- records'
# A domain without them is rare, and makes xenstore-read stop.
xenstore-read -p $paths 2>/dev/null || for path in $paths; do xenstore-read -p $path 2>/dev/null; done
echo '--- nodes'
for id in $ended; do xenstore-ls -f /local/domain/$id/data/lwd 2>/dev/null; done
echo '--- vcpus'
# Of all: asked for some, xl looks up the name of each.
xl vcpu-list
exit 0`,
);

/** Waits until none of the domains whose numbers are the parameters runs any more; prints `xl list -v` and the guests' nodes. */
export const awaitScript = dom0Program(
  'await',
  `${untilEnded}
until_ended "$@" || exit 1
echo '--- nodes'
for id; do xenstore-ls -f /local/domain/$id/data/lwd 2>/dev/null; done
exit 0`,
);

/**
 * Shows a log as it grows until the domain has ended, and then its last bytes. Parameters: where to begin, as tail takes
 * it, the log, the domain's number. The second that tail takes to notice the end is the price of missing nothing.
 */
export const followScript = dom0Program(
  'follow',
  `${untilEnded}
until_ended "$3" >/dev/null &
watcher=$!
tail -c "$1" --follow=name --pid=$watcher -s 1 "$2" 2>/dev/null 3<&-
kill $watcher 2>/dev/null
exit 0`,
);
