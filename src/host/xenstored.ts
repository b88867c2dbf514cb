/**
 * Whether a dom0 that does not answer has lost its xenstored. Without it Xen's tools wait for ever (they turn to the kernel's own
 * connection, where nobody is any more), it cannot be started again beside domains that know the old one, and no tool says so.
 */
import { HostError } from '../errors.js';
import { sleep } from '../sys/clock.js';
import type { ExecOptions, ExecResult } from '../sys/exec.js';
import type { Host } from './host.js';

/** Milliseconds after which it is looked: Xen's tools seldom take so long, and a look costs a round trip. */
const silence = 10_000;
const lookTimeout = 20_000;

/**
 * Prints the state of xenstored's process as Linux has it, "gone" if there was one here, or nothing: it is a domain of its own.
 */
export const xenstoredScript = `
for comm in /proc/[0-9]*/comm; do
  { read -r name <"$comm"; } 2>/dev/null || continue
  case $name in xenstored|oxenstored) ;; *) continue ;; esac
  { read -r stat <"\${comm%comm}stat"; } 2>/dev/null || continue
  stat=\${stat##*) }
  case $stat in Z*) ;; *) echo "\${stat%% *}"; exit 0 ;; esac
done
[ ! -S /run/xenstored/socket ] || echo gone
exit 0`;

class XenstoredDied extends HostError {
  constructor(host: string) {
    super(`xenstored of ${host} has died: Xen's tools wait for it without end`, {
      next: [
        'the host needs a reboot: no domain can be made, ended or looked at any more; those that run go on until then',
        'of the embedded host: lwd host down && lwd host up',
      ],
    });
  }
}

/** What a look says is the matter; undefined: nothing. Exported for its tests. */
export function xenstoredTrouble(state: string, host: string): HostError | undefined {
  switch (state.trim()) {
    case 'gone':
      return new XenstoredDied(host);
    case 'T':
      return new HostError(`xenstored of ${host} stands still: somebody has stopped its process`, {
        next: ['let it go on, as root there: kill -CONT $(pidof xenstored)'],
      });
    default:
      return undefined;
  }
}

type Run = (options: ExecOptions) => Promise<ExecResult>;

/** A look; `run` runs xenstoredScript there. */
async function find(host: string, run: Run): Promise<HostError | undefined> {
  const result = await run({ timeout: lookTimeout });
  return result.exitCode === 0 ? xenstoredTrouble(result.stdout, host) : undefined;
}

/** What is the matter with a host's xenstored; undefined: nothing. */
export function lookAfterXenstored(host: Pick<Host, 'name' | 'script'>): Promise<HostError | undefined> {
  return find(host.name, (options) => host.script(xenstoredScript, [], options));
}

/**
 * Runs something of lwd's in a dom0, and looks after xenstored if it says nothing for long, or fails where it may take
 * any time: rejects with HostError if that has died, or stood still until the time was over. `look` runs xenstoredScript there.
 */
export async function besideXenstored(host: string, run: Run, look: Run, options: ExecOptions): Promise<ExecResult> {
  const dead = new AbortController();
  let trouble: HostError | undefined;
  let isLong = false;
  const over = new AbortController();
  const watch = async () => {
    await sleep(silence, over.signal);
    isLong = true;
    const found = await find(host, look);
    // Who only stands still may go on.
    if (!(found instanceof XenstoredDied)) return;
    trouble = found;
    dead.abort();
  };
  watch().catch(() => {});
  try {
    const signal = options.signal === undefined ? dead.signal : AbortSignal.any([options.signal, dead.signal]);
    const result = await run({ ...options, signal });
    // What waits for xenstored to tell something, and so has no limit of time, fails when that dies.
    const failed = (isLong || options.timeout === 0) && result.exitCode !== undefined && result.exitCode !== 0;
    if (result.timedOut || failed) trouble ??= await find(host, look).catch(() => undefined);
    if (trouble !== undefined) throw trouble;
    return result;
  } catch (error) {
    throw trouble ?? error;
  } finally {
    over.abort();
  }
}
