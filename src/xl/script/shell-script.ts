/**
 * What happens to shells (shell.ts) in dom0. Shell for dom0, fixed texts.
 *
 * Each shell has a keeper, a process in a session of its own, and a journal (leavings.ts) that names it. The keeper has xl make
 * the domain and stays in the foreground with it, as the run script does; what xl says goes into a FIFO, /run/lwd/shells/UUID,
 * which whoever claims the shell reads where it would have read xl itself. The node lwd/shell says that the domain can be
 * claimed. Nothing but its keeper ends a shell: the others ask it to, by SIGTERM.
 */
import { destroyHalfMade, isAlive, isOver, runsVariable } from './leavings.js';

/** The last eight of a UUID, by which a shell's name ends. */
const tail = `\${uuid#${'?'.repeat(28)}}`;

const shellsVariable = `shells=\${runs%/*}/shells`;

/**
 * $1 $2 folders of journals and FIFOs, $3 UUID, $4 how its name begins, $5 folder of the console's logs, $6 xl.cfg, $7 text of
 * lwd/shell, $8 dom0/process-channel, $9 kernel, ${10} its digest, ${11} "-", or whose job's it is. No single quotes in here.
 *
 * The journal is never empty, as who looks meanwhile would take it for nothing: what is left of a longer line before is a second
 * one, which nobody reads.
 *
 * SIGTERM: the shell is to go, unless somebody has claimed it. SIGUSR1: it was claimed, and nobody waits for its end.
 */
const keeper = `
runs=$1 uuid=$3 prefix=$4 log=$5 config=$6 node=$7 channel=$8 kernel=$9 digest=\${10} job=\${11} id= xl= asked= words= status=
name=$prefix${tail} fifo=$2/$uuid why=$2/\${prefix%-}.why
log=$log/guest-$name.log
trap "[ x$asked = xleave ] || asked=drop" TERM
trap "asked=leave" USR1
read -r stat </proc/$$/stat
set -- \${stat##*) }
echo "$$ \${20} 0 $job shell $log" 1<>"$runs/$uuid" || exit
exec >/dev/null
${destroyHalfMade}
go() {
  rm -f "$fifo" "$log" "$runs/$uuid.lease" "$runs/$uuid"
  exit
}
[ "$(sha256sum <"$kernel")" = "$digest  -" ] && mkfifo "$fifo" && exec 7<>"$fifo" || go
{
  ( read -r pid rest </proc/self/stat; echo "xl-pid $pid"; exec xl create -F /dev/null "$config" "name=\\"$name\\"" "uuid=\\"$uuid\\"" )
  echo "xl-status $?"
} >&7 2>&1 7<&- &
maker=$!
while [ -z "$id$status" ]; do
  IFS= read -r line <&7 || continue
  case $line in
  "xl-pid "*) xl=\${line#* } ;;
  "Waiting for domain "*"(domid "*) id=\${line##*"(domid "} id=\${id%%")"*} ;;
  "xl-status "*) status=\${line#* } ;;
  "Parsing config"*) ;;
  *) words="$words$line; " ;;
  esac
done
if [ -z "$id" ]; then
  echo "xl: $words" >"$why"
  [ $status -le 128 ] || destroy_half_made || exit
  go
fi
rm -f "$why"
[ -n "$asked" ] || xenstore-write /local/domain/$id/lwd/shell "$node" || asked=drop
while :; do
  while [ -z "$asked" ] && [ -d /proc/$maker ]; do wait $maker; done
  if [ "$asked" = leave ]; then
    kill -9 $xl
    rm -f "$fifo"
    exit
  fi
  if "$channel" drop $id; then
    [ -n "$asked" ] || echo "the last one ended before it was used" >"$why"
    xl destroy $id 2>/dev/null
    go
  fi
  [ -d /proc/$maker ] || exit
  asked=
done`;

/** drop UUID: has the keeper of this shell end it. */
const dropFunction = `
drop() {
  { read -r process begun old pool mark log <"$runs/$1"; } 2>/dev/null && [ "$mark" = shell ] && is_alive $process $begun &&
    kill $process
}`;

/**
 * $1 how names of such shells begin, $2 how many are to be ready, $3 folder of the console's logs, $4 digest of the image, $5
 * xl.cfg, $6 text of lwd/shell, $7 dom0/process-channel, $8 kernel, $9 "-" or whose job's they are, with its run and names; then
 * UUIDs, one for each that is to be ready. What there are too many of, and shells of the pool's that are of another image, go; if
 * none is to be ready, all of the pool's.
 *
 * Several may do this at once: one of them at a time, until all that it makes has its keeper. What one would make is announced
 * before it waits for that: it may be of a job that ends meanwhile. A shell that is being made counts by its journal until it has
 * its name: between Xen's making it and that, xl lists it as "(null)".
 */
export const fillScript = `
${runsVariable}
${shellsVariable}
${isAlive}
${isOver}
${dropFunction}
prefix=$1 wanted=$2 folder=$3 image=$4 config=$5 node=$6 channel=$7 kernel=$8 job=\${9%% *} life=\${9#* } count=0 made= surplus= named=
shift 9
mkdir -p "$runs" "$shells" || exit
[ -x "$channel" ] || chmod 700 "$channel"
own_start() {
  read -r stat </proc/$$/stat
  set -- \${stat##*) }
  start=\${20}
}
own_start
for uuid; do
  echo "$$ $start 0 $job announced $folder/guest-$prefix${tail}.log" >"$runs/$uuid" || exit
done
if is_over $life; then
  rm -f $(for uuid; do echo "$runs/$uuid"; done)
  exit 0
fi
exec 8<"$shells" && "$channel" lock <&8 && list=$(xl list -v) || { rm -f $(for uuid; do echo "$runs/$uuid"; done); exit 1; }
while read -r name id memory vcpus state time uuid rest; do
  case $name in
  "(null)") continue ;;
  esac
  named="$named $uuid"
  case $name in
  "$prefix"*)
    count=$((count + 1))
    [ $count -le $wanted ] || drop $uuid ;;
  "\${prefix%${'?'.repeat(13)}}"*)
    [ $wanted = 0 ] || shell=$(xenstore-read /local/domain/$id/lwd/shell 2>/dev/null) || continue
    case $wanted$shell in 0*) ;; *"\\"image\\":\\"$image\\""*) continue ;; esac
    drop $uuid ;;
  esac
done <<END
$list
END
for run in "$runs"/*; do
  { read -r process begun old pool mark log; } 2>/dev/null <"$run" || continue
  case $log in */guest-"$prefix"*) ;; *) continue ;; esac
  case $named in *"\${run##*/}"*) continue ;; esac
  [ "$mark" = shell ] && is_alive $process $begun && count=$((count + 1))
done
for uuid; do
  if [ $count -lt $wanted ]; then count=$((count + 1)) made="$made $uuid"
  else surplus="$surplus $runs/$uuid"; fi
done
[ -z "$surplus" ] || rm -f $surplus
[ $wanted != 0 ] || rm -f "$shells/\${prefix%${'?'.repeat(13)}}"*.why
own=$(command -v setsid) || own=
# A shell cannot trap what it was started to ignore (shieldFromSignals).
! env --default-signal=TERM,USR1 true 2>/dev/null || own="env --default-signal=TERM,USR1 $own"
: $(for uuid in $made; do
  $own sh -c '${keeper}' lwd "$runs" "$shells" $uuid "$prefix" "$folder" "$config" "$node" "$channel" "$kernel" $image $job </dev/null 2>/dev/null 8<&- &
done)
exit 0`;

/** Parameters: UUIDs of shells. Comes back when they are gone, or after ten seconds; those that were claimed meanwhile stay. */
export const dropScript = `
${runsVariable}
${isAlive}
${dropFunction}
for uuid; do drop $uuid; done
for uuid; do
  tries=0
  while [ -e "$runs/$uuid" ] && [ $tries -lt 200 ]; do
    read -r process begun old pool mark log <"$runs/$uuid" && [ "$mark" = shell ] && is_alive $process $begun || break
    sleep 0.05
    tries=$((tries + 1))
  done
done
exit 0`;

/** What the run script does differently for a domain for which a shell may stand in. Three parameters more come first. */
export const claiming = {
  /**
   * $1 how the shell's name begins, $2 the name to be, $3 command line. None follow: a shell has no volumes.
   */
  parameters: `
prefix=$1 name=$2 line=$3
shift 3`,
  begin: `
${shellsVariable}
[ -z "$lease" ] || set -- /bin/sh -c "$beginning" lwd "$runs" $lease $$ "$guarding"
if claimed=$("$channel" claim $$ "$prefix" "$name" "$node" "$line" "$@" 3<&- 4>&- 5>&-); then
  set -- $claimed
  claimed=$1 uuid=$2 log=\${log%/*}/guest-$3.log start=\${4#-} keeper=$5 fifo=$shells/$2
else
  why=
  { read -r why <"$shells/\${prefix%-}.why"; } 2>/dev/null
  say anew $why
fi
set --`,
  /** In place of creating it, if one was claimed. */
  detached: `
if [ -n "$fifo" ]; then
  keep_log
  # At once: each line that is sent by itself takes dom0 as long as main does. And the keeper's part, which is to let xl go and to
  # remove the FIFO, comes when main runs already.
  printf 'lwd1 %s\\n' "claimed $uuid" "started $claimed" detached >&2
  kill -USR1 $keeper 2>/dev/null || rm -f "$fifo"
  exit
fi`,
  follow: `
if [ -n "$fifo" ]; then
  id=$claimed
  echo "domain $id"
  say claimed $uuid
  say started $id
fi`,
  /** Where what xl says comes from. */
  attached: `
if [ -n "$fifo" ]; then
  if [ -d "/proc/$keeper" ]; then attend "$@" <"$fifo"; else echo "xl-status 137" | attend "$@"; fi
  exit
fi`,
};
