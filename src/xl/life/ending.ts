/**
 * Ending a domain that is running: on request (a signal, a time-out), cleanly first, by force when its grace is over.
 */
import { dom0Program } from '../../host/dom0-programs.js';
import type { Host } from '../../host/host.js';
import { sleep } from '../../sys/clock.js';
import type { PassedSignal } from '../facts/process-frames.js';
import type { ProcessControls } from '../stream/process-channel.js';
import { type EndCause, type EndEvent, type EndState, endStep } from './end-machine.js';

export type { EndCause } from './end-machine.js';

export interface EndLimits {
  /** Milliseconds that the domain may run, undefined for no limit. */
  timeout: number | undefined;
  /** Milliseconds between the request to shut down and the destruction. */
  grace: number;
  /** Aborted: end the domain cleanly. */
  orderly: AbortSignal;
  /** Aborted: end it at once. */
  urgent: AbortSignal;
  /** The signal by which its process is asked to end; undefined: SIGTERM. */
  askingSignal?(): PassedSignal;
}

const callTimeout = 60_000;

/** Guarded, because a write would make the node anew if the domain were gone. */
const requestScript = dom0Program(
  'shutdown',
  `
for id; do
  xenstore-exists "/local/domain/$id/control" && xenstore-write "/local/domain/$id/control/shutdown" poweroff
done`,
);

/** Asks the domains' kernels to end (the toolstack's way, see Xen's xenstore-paths: ~/control/shutdown). */
export async function requestShutdowns(host: Host, ids: readonly number[]): Promise<void> {
  await host.script(requestScript, ids.map(String), { timeout: callTimeout, shielded: true });
}

export async function destroyNow(host: Host, id: number): Promise<void> {
  await host.exec(['xl', 'destroy', String(id)], { timeout: callTimeout, shielded: true });
}

/** Of each host, those that are to be asked in the next round trip. */
const asking = new WeakMap<Host, { ids: number[]; done: Promise<void> }>();

/** The same for one; all requests of one moment go in one round trip. */
function requestShutdown(host: Host, id: number): Promise<void> {
  const open = asking.get(host);
  if (open !== undefined) {
    open.ids.push(id);
    return open.done;
  }
  const ids = [id];
  const done = sleep(0).then(() => {
    asking.delete(host);
    return requestShutdowns(host, ids);
  });
  asking.set(host, { ids, done });
  return done;
}

/**
 * Watches over a domain until `ended` is aborted, and ends it if a limit is reached. Resolves with the cause, undefined if
 * the domain ended by itself. When it resolves, no request to the host is under way any more. `process`: the channel to its
 * process, undefined if it has none; then its kernel is asked.
 */
export async function superviseEnd(
  host: Host,
  id: number,
  limits: EndLimits,
  ended: AbortSignal,
  process?: ProcessControls,
): Promise<EndCause | undefined> {
  const events = new EndEvents(limits, ended);
  try {
    let state: EndState = { phase: 'running' };
    while (state.phase !== 'over') {
      const { state: after, action } = endStep(state, await events.next());
      state = after;
      if (action === 'ask') {
        if (process === undefined) await requestShutdown(host, id);
        else process.signal((limits.orderly.aborted && limits.askingSignal?.()) || 'SIGTERM');
        events.after(limits.grace, 'grace-over');
      }
      if (action === 'destroy') {
        await destroyNow(host, id);
        events.happened('destroyed');
      }
    }
    return state.cause;
  } finally {
    events.stop();
  }
}

/** What happens, in its order; but an end first, so that what has ended is not destroyed before its outcome was read. */
class EndEvents {
  readonly #over = new AbortController();
  readonly #waiting: EndEvent[] = [];
  #wake: (() => void) | undefined;

  constructor({ orderly, urgent, timeout }: EndLimits, ended: AbortSignal) {
    for (const [signal, event] of [
      [ended, 'ended'] as const,
      [urgent, 'urgent'] as const,
      [orderly, 'orderly'] as const,
    ]) {
      if (signal.aborted) this.happened(event);
      else signal.addEventListener('abort', () => this.happened(event), { once: true, signal: this.#over.signal });
    }
    if (timeout !== undefined) this.after(timeout, 'timeout');
  }

  happened(event: EndEvent): void {
    if (event === 'ended') this.#waiting.unshift(event);
    else this.#waiting.push(event);
    this.#wake?.();
  }

  after(milliseconds: number, event: EndEvent): void {
    sleep(milliseconds, this.#over.signal).then(
      () => this.happened(event),
      () => {},
    );
  }

  async next(): Promise<EndEvent> {
    for (;;) {
      const event = this.#waiting.shift();
      if (event !== undefined) return event;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  stop(): void {
    this.#over.abort();
  }
}
