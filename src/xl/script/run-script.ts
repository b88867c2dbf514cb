/**
 * The program that carries one domain through its whole life in dom0: one round trip and as few processes as can be,
 * since each costs some 50 ms on an emulated host. Its text is fixed; what varies comes as parameters.
 *
 * How it talks: stderr has lines "lwd1 EVENT …" (parsed by run-events.ts) and, between them, lines of `xenstore-ls -f`, which all
 * begin with a path. stdin and stdout are not the script's own but those of a program that it starts, dom0/process-channel:
 * frames (process-frames.ts) with what the domain's process and its console print, with the process's input and signals, and
 * with lwd's words for this script. So nothing that a guest prints can pass for a message. stdin is the lifeline: its end
 * means that lwd is gone, and the domain, ended or not, then stays for `lwd ps`, `logs`, `wait` and `down`.
 *
 * Three pieces stand in a row: create (xl) | follow (what happens, in order) | the channel. What the channel says to follow goes
 * into the pipe that follow reads already. With "detach" there is no channel: nobody stays.
 *
 * `xl create -F` stays in the foreground and says itself when the domain ends and why, so that neither `xl unpause` nor
 * `xl list` is needed; its actions are all "preserve", because the outcome has to be read before the domain is destroyed.
 *
 * The channel reads the console from xenconsoled's log, from where it ended before the domain was made: no byte is missed, and
 * what an earlier domain of the same name left in it is kept and not shown. It reads to the log's end when follow is through,
 * after the domain's destruction. While there is a file LOG.end, the log is about to be removed and nobody else may use it.
 * The domain's part of it has no more than LIMIT bytes, by the channel, or by a process of its own for "detach".
 *
 * It may run with signals blocked that ask for an end (shieldFromSignals), and all that it starts with it: hence kill -9.
 *
 * Parameters: attach|detach|hold UUID LEASE LOG CONFIG KERNEL RAMDISK NODE POOL CHANNEL LIMIT [PREFIX NAME LINE] [SERVER TAG
 * FOLDER …]. POOL is "NAME CPUS" of one to be made for the domain alone, the mark of the job that it is of with its run and
 * names (jobWords), or empty. LEASE is in seconds, or empty; until the domain has ended, lwd's words are its renewals
 * (lease-script.ts). RAMDISK may be empty. NODE is the text for lwd's own xenstore node, an object of JSON, which the script puts
 * OLD into. A domain with volumes is created paused, and runs when the server of its volumes has made their devices. "hold" is
 * "attach" for a domain that somebody else will let run. For a domain that a shell may stand in for there are three more
 * (shell-script.ts): then one is claimed, if there is any, and nothing is created.
 */

import { leaseFunctions } from './lease-script.js';
import { destroyHalfMade, isOver, jobIsOver, poolFunctions, runsVariable } from './leavings.js';
import { claiming } from './shell-script.js';
import { copiesDirectory } from './transfer.js';
import { serving } from './volume-script.js';

const text = `
say() { printf 'lwd1 %s\\n' "$*" >&2; }
LEASE_FUNCTIONS
POOL_FUNCTIONS
mode=$1 uuid=$2 lease=$3 log=$4 config=$5 kernel=$6 ramdisk=$7 node=$8 pool=$9 channel=\${10} limit=\${11} server= servers= job=- said= lost= paused= held= guard= fifo= start=
shift 11
case $pool in =*) job=\${pool%% *} life=\${pool#* } pool= ;; esac
CLAIM_PARAMETERS
if [ $mode = hold ]; then mode=attach paused=-p held=1; fi
${runsVariable}
if [ $# -gt 0 ]; then
  server=$1 paused=-p
  shift
fi
for file in "$kernel" "$ramdisk" "$channel" "$server"; do
  [ -z "$file" ] || [ -f "$file" ] || { say missing "$file"; exit 0; }
done
exec 3<&0 4>&2 5>&1 </dev/null
[ -x "$channel" ] || chmod 700 "$channel"
CLAIM_BEGIN
tries=0
while [ -e "$log.end" ] && [ $tries -lt 40 ]; do sleep 0.05; tries=$((tries + 1)); done
old=0 fresh=
if [ -z "$fifo" ] && [ -s "$log" ]; then old=$(stat -c %s "$log"); fi
fail() {
  say xl "$1"
  rm -f "$runs/$uuid"
  say failed 1
  exit
}
begin_run() {
  [ -d "$runs" ] || mkdir -p "$runs" || return
  if [ -z "$start" ]; then
    read -r stat </proc/$$/stat
    set -- \${stat##*) }
    start=\${20}
  fi
  echo "$$ $start $old \${pool:-$job -} $log" >"$runs/$uuid"
}
begin_run || [ -n "$fifo" ] || fail "$runs cannot be written"
JOB_OVER
[ ! -e "${copiesDirectory}/$uuid/unused" ] || rm -f "${copiesDirectory}/$uuid/unused"
if [ -n "$pool" ]; then words=$(make_pool $pool 2>&1 3<&- 4>&-) || fail "pool: $words"; fi
if [ -n "$lease" ]; then
  [ -n "$fifo" ] || begin_lease "$runs" $lease $$ "$guarding" $uuid || fail "the lease cannot be written to $runs"
  take_lease
fi
set -C
{ true >"$log"; } 2>/dev/null && fresh=1
set +C

# For a domain that nobody stays with. It ends when what is written down of the domain goes.
keep_log() {
  "$channel" log "$log" $old $limit "$runs/$uuid" </dev/null >/dev/null 2>&1 3<&- 4>&- 5>&- &
}

create() {
  ( read -r pid rest </proc/self/stat; echo "xl-pid $pid"; exec xl create -F $paused /dev/null "$config" 2>&1 )
  echo "xl-status $?"
}

# Whoever took the domain away from outside took its part of the log away too, and another of its name may write there by now.
is_ours() { [ -e "$runs/$uuid" ]; }

follow() {
  id= end= status= nodes= taken= gone=
  CLAIM_FOLLOW
  while IFS= read -r line; do
    case $line in
    "xl-pid "*) xl=\${line#* } ;;
    "Waiting for domain "*"(domid "*)
      id=\${line##*"(domid "} id=\${id%%")"*}
      echo "domain $id"
      VOLUMES_BEGIN
      xenstore-write /local/domain/$id/lwd/domain "{\\"offset\\":$old,\${node#?}" >/dev/null &
      nodes=$!
      say started $id
      [ $mode = attach ] || break ;;
    "Domain "*" has shut down, reason code "*) end=\${line##*"reason code "} end=\${end%% *}; break ;;
    "Domain "*" has been destroyed"*) end=gone; break ;;
    "xl-status "*) status=\${line#* }; break ;;
    "alive "*) [ -z "$guard" ] || renew_lease "\${line#* }" ;;
    gone) gone=1 ;;
    "Parsing config"*) ;;
    *)
      case $line in *"already exists"*) taken=1 ;; esac
      say xl "$line" ;;
    esac
  done
  if [ -n "$nodes" ]; then wait $nodes || say xl "xenstore-write failed"; fi
  if [ -z "$id" ]; then
    # Who has the name may write to this log, unless it was a shell, whose log has another name.
    if [ -n "$taken" ]; then
      name=\${log##*/guest-}
      case $(xenstore-read "/local/domain/$(xl domid "\${name%.log}")/lwd/domain" 2>/dev/null) in *'"shell":'*) taken= ;; esac
    fi
    if [ "\${status:-0}" -gt 128 ]; then
      say xl "it was ended by signal $((status - 128))"
      # What cannot be destroyed now is the next look's, which reads in the journal that nobody is at work on it.
      destroy_half_made || { say failed $status; exit; }
    fi
    [ -z "$fresh" ] || [ -n "$taken" ] || [ -s "$log" ] || rm -f "$log"
    [ -z "$guard" ] || end_lease
    [ -z "$pool" ] || drop_pool $pool >/dev/null 2>&1
    rm -f "$runs/$uuid"
    say failed $status
    exit
  fi
  if [ $mode = detach ]; then
    kill -9 $xl
    keep_log
    say detached
    exit
  fi
  echo ended
  [ -z "$guard" ] || ! end_lease || [ "$end" != gone ] || end=fenced
  say ended \${end:-lost}
  xenstore-ls -f /local/domain/$id/data/lwd 2>/dev/null >&4
  say store
  while [ -z "$gone" ] && read -r word argument; do
    case $word in
    gone) gone=1 ;;
    registers)
      xenctx -a $id >&4 2>&4
      say shown ;;
    memory)
      xenctx -t -n 2 -l MAX -d $argument $id >&4 2>&4
      say shown ;;
    usage)
      if [ "$end" = fenced ]; then show_fenced $uuid >&4; else xl list $id >&4 2>&4; fi
      say shown ;;
    destroy)
      destroy
      [ -z "$pool" ] || drop_pool $pool >/dev/null 2>&1
      is_ours && true >"$log.end"
      echo destroyed
      say done
      exit ;;
    keep)
      is_ours && true >"$log.end"
      echo kept
      say done
      exit ;;
    esac
  done
}

${destroyHalfMade}
destroy() {
  VOLUMES_LOST
  [ "$end" != fenced ] || forget_fenced $uuid
  if [ "$end" = gone ] || [ "$end" = fenced ]; then xenstore-rm -t /local/domain/$id/lwd 2>/dev/null; say destroyed 0
  else xl destroy $id >&4 2>&4; say destroyed $?; fi
  VOLUMES_END
}

if [ $mode = detach ]; then
  CLAIM_DETACHED
  create 3<&- 4>&- 5>&- | follow "$@" 3<&- 5>&- >/dev/null
  exit
fi
attend() {
  # The pipe's other end too, before anybody reads: it is never without a writer while the channel has still to start.
  exec 6<&0 8>/proc/self/fd/0
  follow "$@" <&6 3<&- 5>&- 6<&- 8>&- | "$channel" "$log" $old $limit >&5 4>&8 5>&- 6<&- 8>&- &
  exec 6<&- 8>&-
  wait $!
  status=$?
  is_ours || { rm -f "$log.end"; exit; }
  case $status in
  10)
    if [ $old = 0 ]; then rm -f "$log" "$log.end" "$runs/$uuid" $fifo
    else truncate -s $old "$log"; rm -f "$log.end" "$runs/$uuid"; fi ;;
  11) rm -f "$log.end" ;;
  esac
}
CLAIM_ATTACHED
create 3<&- 4>&- 5>&- | attend "$@"`;

/** What a domain needs of its script: there are no shells with volumes. */
export interface ScriptNeeds {
  lease: boolean;
  pool: boolean;
  shell: boolean;
  volumes: boolean;
  job?: boolean;
}

/** After the journal, which who ends the job reads after it has left the mark. */
const overText = `${isOver}
[ -n "$fifo" ] || ! is_over $life || fail "${jobIsOver}"`;

/** A command through ssh has a limited length: what a domain does not need is not in its script. */
export function runScript(needs: ScriptNeeds): string {
  const parts: Record<string, string> = {
    LEASE_FUNCTIONS: needs.lease ? leaseFunctions : '',
    POOL_FUNCTIONS: needs.pool ? poolFunctions : '',
    JOB_OVER: needs.job ? overText : '',
    VOLUMES_BEGIN: needs.volumes ? serving.begin : '',
    VOLUMES_LOST: needs.volumes ? serving.lost : '',
    VOLUMES_END: needs.volumes ? serving.end : '',
    CLAIM_PARAMETERS: needs.shell ? claiming.parameters : '',
    CLAIM_BEGIN: needs.shell ? claiming.begin : '',
    CLAIM_FOLLOW: needs.shell ? claiming.follow : '',
    CLAIM_DETACHED: needs.shell ? claiming.detached : '',
    CLAIM_ATTACHED: needs.shell ? claiming.attached : '',
  };
  return compact(text.replaceAll(/^ *([A-Z]+_[A-Z]+)$/gm, (line, name) => parts[name] ?? line));
}

/** Without indentation, comments and empty lines. */
function compact(text: string): string {
  const lines = text.split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '' && !line.startsWith('#')).join('\n');
}
