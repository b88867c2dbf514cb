/**
 * Bringing a host back to order after something died in the middle: an lwd, the script that it ran in dom0, a server. What
 * is consistent stays as it is (a domain that runs, or has ended and keeps its status; what a domain wrote to copies);
 * what is half-made, or is of a domain that is not there, goes. Nothing is touched that a living process is at work on.
 */
import { pushedDirectory } from '../../host/dom0-files.js';
import type { Host } from '../../host/host.js';
import { orThrow } from '../../sys/exec.js';
import { shellNames, uuidPrefix } from '../facts/domain-record.js';
import { fencedVariable, noteFenced } from '../script/fenced.js';
import { clearUp, halfChanged, isAlive, isExpired, mentions, poolFunctions, runsVariable } from '../script/leavings.js';
import { copiesDirectory } from '../script/transfer.js';

export interface Removed {
  kind: 'domain' | 'leavings' | 'pool' | 'copies' | 'server' | 'loop' | 'file';
  /** Name, UUID, path: whatever it is known by. */
  what: string;
}

/**
 * $1 how UUIDs of lwd's domains begin; $2 minutes that something must be old of which nobody can say whose it is (empty: any
 * age). A line for each thing that went: its kind, and what it is known by.
 *
 * LWD_COMMANDS, as LWD_RUNS, is for tests: where commands that were too long for ssh lie (ssh.ts).
 *
 * Who is at work is looked at before what there is: whatever a script that is dead by then has made, is there. A domain is
 * half-made if it has no record and nobody is making it; and one whose lease ran out is ended here too, should its guard
 * have been killed. An xl that lost its script while it was creating a domain would go
 * on: it goes first.
 */
const script = `
${runsVariable}
prefix=$1 age=\${2:+-mmin +$2}
${isAlive}
${poolFunctions}
${halfChanged}
${clearUp}
${mentions}
${isExpired}
${fencedVariable}
${noteFenced}
is_made() { { read -r process start rest <"$runs/$1"; } 2>/dev/null && is_alive $process $start; }
end_xl() {
  for process in /proc/[0-9]*; do
    program=
    { read -r program <$process/comm; } 2>/dev/null
    [ "$program" != xl ] || ! mentions $process/cmdline $1 || kill -9 \${process#/proc/}
  done
}
cpus_of() { xl cpupool-list -c "$1" | while read -r pool cpus; do [ "$pool" != "$1" ] || echo "$cpus"; done; }
list=$(xl list -v) || exit
for run in "$runs"/*.lease; do
  uuid=\${run##*/} uuid=\${uuid%.lease}
  is_expired "$run" || continue
  while read -r name id memory vcpus state time found rest; do
    case $name$found$state in ${shellNames}*|*$uuid???s*|*$uuid?????d*) continue ;; *$uuid*) ;; *) continue ;; esac
    note_fenced "$fenced" $uuid $id "$name $id $memory $vcpus $state $time $uuid -"
    xl destroy $id >&2 && echo "domain $name"
  done <<END
$list
END
  rm -f "$run"
done
dead=
for run in "$runs"/*; do
  uuid=\${run##*/}
  case $uuid in *.lease|'*') continue ;; esac
  is_made $uuid || dead="$dead $uuid"
done
list=$(xl list -v) || exit
for uuid in $dead; do
  case $list in *"$uuid"*) ;; *) end_xl $uuid ;; esac
done
while read -r name id memory vcpus state time uuid rest; do
  case $uuid in "$prefix"*) ;; *) continue ;; esac
  case $state in ?????d) continue ;; esac
  is_made $uuid || xenstore-exists /local/domain/$id/lwd/domain && continue
  end_xl $uuid
  xl destroy $id >&2 && echo "domain $name"
done <<END
$list
END
list=$(xl list -v) || exit
for uuid in $dead; do
  case $list in *"$uuid"*) continue ;; esac
  ! clear_up $uuid || echo "leavings $uuid"
done
xl cpupool-list | while read -r name cpus scheduler active domains; do
  case $name in lwd-???????????) ;; *) continue ;; esac
  [ "$domains" = 0 ] && ! grep -qs " $name " "$runs"/* || continue
  drop_pool $name "$(cpus_of $name)" >&2 && echo "pool $name"
done
half_changed | while read -r name; do
  file=\${runs%/*}/cpupools/$name
  { read -r process start verb cpus <"$file"; } 2>/dev/null || continue
  # One that was made whole is told as made, whether its maker lived to see that or not.
  if [ $verb = make_pool ] && [ "$(cpus_of "$name")" = "$cpus" ]; then rm -f "$file"; continue; fi
  drop_pool "$name" "$cpus" >/dev/null 2>&1
  rm -f "$file"
  echo "pool $name"
done
for claim in "\${runs%/*}"/claims/[0-9]* "\${runs%/*}"/claims/.[0-9]*; do
  case $claim in *'*') continue ;; esac
  process=\${claim##*/}
  [ -d /proc/\${process#.} ] || rm -f "$claim"
done
losetup -a 2>/dev/null | while read -r device rest; do
  case $rest in *${copiesDirectory}/*) uuid=\${rest#*${copiesDirectory}/} uuid=\${uuid%%/*} ;; *) continue ;; esac
  case $list in *"$uuid"*) continue ;; esac
  is_made $uuid && continue
  losetup -d \${device%:} && echo "loop \${device%:}"
done
[ ! -d ${copiesDirectory} ] || find ${copiesDirectory} -mindepth 1 -maxdepth 1 $age | while read -r copies; do
  case $list in *"\${copies##*/}"*) continue ;; esac
  [ ! -e "$runs/\${copies##*/}" ] || continue
  [ -e "$copies/about" ] && [ ! -e "$copies/unused" ] || { rm -rf "$copies"; echo "copies \${copies##*/}"; }
done
[ ! -d "$fenced" ] || find "$fenced" -type f -mtime +30 -exec rm -f '{}' ';'
for server in $(xenstore-list /local/domain/0/lwd-9pfs 2>/dev/null); do
  xenstore-exists /local/domain/\${server%%-*} && continue
  xenstore-rm /local/domain/0/lwd-9pfs/$server && echo "server $server"
done
find ${pushedDirectory} \${LWD_COMMANDS:-/tmp} -maxdepth 1 '(' -path '${pushedDirectory}/*.*' -o -name 'lwd-command-*' ')' $age 2>/dev/null |
while read -r file; do
  case $file in *.*) [ ! -d "/proc/\${file##*.}" ] || continue ;; esac
  rm -f "$file"
  echo "file $file"
done
exit 0`;

/** `minutes`: how old something has to be of which nobody can say whose it is; 0: any age. Blocks as long as xl takes. */
export async function reconcile(host: Host, minutes: number): Promise<Removed[]> {
  const args = [uuidPrefix, minutes === 0 ? '' : String(minutes)];
  const result = await host.script(script, args, { timeout: 120_000, shielded: true });
  return parseRemoved(orThrow(result, 'clearing up', host.name).stdout);
}

export function parseRemoved(text: string): Removed[] {
  const lines = text.matchAll(/^(domain|leavings|pool|copies|server|loop|file) (.+)$/gm);
  return [...lines].map(([, kind, what = '']) => ({ kind: kind as Removed['kind'], what }));
}
