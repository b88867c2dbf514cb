/** Programs for dom0 that look at domains: several of Xen's tools at the price of one round trip. Fixed texts. */
import { dom0Program } from '../../host/dom0-programs.js';

import { shellNames } from '../facts/domain-record.js';
import { halfChanged, isAlive, isExpired, mentions, runsVariable } from './leavings.js';

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
 * Prints `xl list -v`; if there is anything in the journal that is not surely a domain's which is there (leavings.ts), of each
 * file there that nobody is at work on any more a line, and one of each domain that has none; if there are domains whose UUID
 * begins with the first parameter, then also lwd's node of each, and the guest's nodes of those that have ended. With a second
 * parameter also where all vCPUs are, which takes xl another start.
 *
 * The price is what the shell does with each domain: it reads files byte by byte, and looks for a word in a text at 80
 * instructions a byte. So files are counted, and read only if there is one that has no domain.
 */
export const statusScript = dom0Program(
  'status',
  `
${runsVariable}
${isAlive}
${mentions}
${isExpired}
${halfChanged}
tell_left() {
  for run in "$runs"/*; do
    case $run in *'*'|*.lease) continue ;; esac
    { read -r process start rest <"$run"; } 2>/dev/null || continue
    is_alive $process $start || echo "left \${run##*/}"
  done
}
prefix=$1 places=$2 paths= ended= known=0 files=0 shells= unknown=
list=$(xl list -v) || exit
printf '%s\n' "$list"
set -f
ifs=$IFS IFS='
'
for line in $list; do
  case $line in *" $prefix"????-????-????-????????????" "*) ;; *) continue ;; esac
  IFS=$ifs
  # Counted from the UUID: a name may hold blanks.
  set -- \${line%" $prefix"*}
  [ $# -gt 5 ] || continue
  words=$#
  set -- $line
  shift $((words - 5))
  case $line in
  ${shellNames}*) paths="$paths /local/domain/$1/lwd/shell" shells=1 ;;
  *) paths="$paths /local/domain/$1/lwd/domain" ;;
  esac
  case $4 in ?????d*) ;; ???s*) ended="$ended /local/domain/$1/data/lwd" ;; esac
  if [ -f "$runs/$6" ]; then known=$((known + 1)); else case $4 in ?????d*) ;; *) unknown="$unknown $6" ;; esac; fi
done
set +f
IFS=$ifs
for run in "$runs"/*; do
  case $run in
  *'*') ;;
  *.lease) ! is_expired "$run" || echo "expired \${run##*/}" ;;
  *) files=$((files + 1)) ;;
  esac
done
# A shell is looked at in any case: it is no whole domain without its keeper.
[ $files = $known ] && [ -z "$shells" ] || tell_left
# Who makes a domain writes that down before.
for uuid in $unknown; do echo "left $uuid"; done
half_changed 'left '
[ -n "$paths" ] || exit 0
echo '--- records'
# A domain without one is rare, and makes xenstore-read stop.
xenstore-read -p $paths 2>/dev/null || {
  for path in $paths; do xenstore-read -p $path 2>/dev/null; done
  [ $files != $known ] || tell_left
}
echo '--- nodes'
# One that has written none makes it stop, too.
[ -z "$ended" ] || xenstore-ls -f $ended 2>/dev/null || for path in $ended; do xenstore-ls -f $path 2>/dev/null; done
[ -n "$places" ] || exit 0
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
 * it, the log, the domain's number. The second that tail takes to notice the end is the price of missing nothing. Fails if
 * xenstore told nothing of the end.
 */
export const followScript = dom0Program(
  'follow',
  `${untilEnded}
until_ended "$3" >/dev/null &
watcher=$!
tail -c "$1" --follow=name --pid=$watcher -s 1 "$2" 2>/dev/null 3<&-
kill $watcher 2>/dev/null
wait $watcher`,
);
