/**
 * CPUs that an lwd has chosen for domains which are not there yet. Two that choose at the same time must not choose the same:
 * each announces its choice in dom0 and then looks once more. As both announce before they look, at least one of them finds the
 * other. Who finds a domain on what it chose, or the claim of one who came before it, takes its own back and chooses again. Who
 * finds the claim of one who came later keeps its own and looks again: the other gives way, or did not see it and has its domains
 * there soon. So the first of all always gets on. First is whose holder in dom0 has the lowest number.
 *
 * A claim is a file of dom0 that lasts as long as the process which holds it, and that as long as the lwd which started it:
 * its stdin is the lifeline. So what an lwd leaves behind that is killed, or that loses its host, binds nobody.
 */
import { dirname, join } from 'node:path';
import type { Writable } from 'node:stream';
import { HostError } from '../../errors.js';
import type { Host } from '../../host/host.js';
import { sleep } from '../../sys/clock.js';
import { orThrow } from '../../sys/exec.js';

/** What others have: a claim goes only when its domains are there, so claims are looked at before vCPUs are. */
const lookFunctions = `
others() {
  echo '--- claims'
  for claim in "$claims"/[0-9]* "$claims"/.[0-9]*; do
    pid=\${claim##*/} pid=\${pid#.}
    [ "$pid" = $$ ] && continue
    [ -d /proc/$pid ] || { rm -f "$claim"; continue; }
    case $claim in */.*) continue ;; esac
    order=after
    [ $pid -gt $$ ] || order=before
    { read -r cpus <"$claim"; } 2>/dev/null && echo "$order $cpus"
  done
  echo '--- vcpus'
  xl vcpu-list
}
look() {
  others
  echo '--- info'
  xl info -n || exit
  echo '--- list'
  xl list -v
  echo '--- pools'
  xl cpupool-list
  echo '--- cpus'
  xl cpupool-list -c
  echo '--- end'
}
claims=$1`;

/** One look, for who chooses nothing. Parameter: claimsFolder. */
export const lookScript = `${lookFunctions}
look`;

/** In dom0, beside the journals (leavings.ts). */
export const claimsFolder = join(dirname(process.env.LWD_RUNS ?? '/run/lwd/domains'), 'claims');

/**
 * Parameter: claimsFolder. Looks, and then obeys the lines of its stdin: "claim CPUS" (and show what others have), "drop",
 * "look".
 */
const holdScript = `${lookFunctions}
umask 022
mkdir -p "$claims" || exit
trap 'rm -f "$claims/$$" "$claims/.$$"' 0
exec 3<&0 </dev/null
look
while read -r word cpus <&3; do
  case $word in
  claim)
    echo "$cpus" >"$claims/.$$" && mv "$claims/.$$" "$claims/$$" || exit
    others
    echo '--- end' ;;
  drop) rm -f "$claims/$$" ;;
  look) look ;;
  esac
done
exit 0`;

/** What the script prints up to here is one answer. */
const lookEnd = '--- end\n';

export class Claim {
  #stdin: Writable | undefined;
  #text = '';
  #tell: (() => void) | undefined;
  #over = false;
  readonly #ended: Promise<unknown>;
  readonly #host: Host;

  constructor(host: Host, folder = claimsFolder) {
    this.#host = host;
    const options = {
      timeout: 0,
      shielded: true,
      onStdin: (stdin: Writable) => {
        this.#stdin = stdin;
      },
      onStdout: (chunk: Uint8Array) => {
        this.#text += Buffer.from(chunk).toString();
        this.#tell?.();
      },
    };
    const ended = host
      .script(holdScript, [folder], options)
      .then((result) => orThrow(result, 'looking for room', host.name));
    this.#ended = ended.finally(() => {
      this.#over = true;
      this.#tell?.();
    });
    // Whoever looks next, or releases, is told of a failure.
    this.#ended.catch(() => {});
  }

  /** What is there at the start. Rejects, as the others do, if the host cannot be looked at. */
  first(): Promise<string> {
    return this.#next();
  }

  /** Claims these CPUs, in xl's syntax, or goes on claiming them. Gives what others have then: the claims and vCPUs of a look. */
  claim(cpus: string): Promise<string> {
    this.#stdin?.write(`claim ${cpus}\n`);
    return this.#next();
  }

  /** Gives back what was claimed, waits some milliseconds, and looks again. */
  async stepBack(milliseconds: number, signal?: AbortSignal): Promise<string> {
    this.#stdin?.write('drop\n');
    await sleep(milliseconds, signal);
    this.#stdin?.write('look\n');
    return this.#next();
  }

  /** When the domains are there, or are not to be made. */
  async release(): Promise<void> {
    this.#stdin?.end();
    await this.#ended.catch(() => {});
  }

  async #next(): Promise<string> {
    for (;;) {
      const end = this.#text.indexOf(lookEnd);
      if (end >= 0) {
        const text = this.#text.slice(0, end);
        this.#text = this.#text.slice(end + lookEnd.length);
        return text;
      }
      if (this.#over) {
        await this.#ended;
        throw new HostError(`looking for room on ${this.#host.name} ended before it was done`);
      }
      await new Promise<void>((resolve) => {
        this.#tell = resolve;
      });
    }
  }
}
