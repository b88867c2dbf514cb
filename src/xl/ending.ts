/**
 * Ending a domain that is running: on request (a signal, a time-out), cleanly first, by force when its grace is over.
 */
import type { Host } from '../host/host.js';
import { sleep } from '../sys/clock.js';

/** `lease`: the host did, since nothing was heard of lwd for too long. */
export type EndCause = 'interrupted' | 'timeout' | 'lease';

export interface EndLimits {
  /** Milliseconds that the domain may run, undefined for no limit. */
  timeout: number | undefined;
  /** Milliseconds between the request to shut down and the destruction. */
  grace: number;
  /** Aborted: end the domain cleanly. */
  orderly: AbortSignal;
  /** Aborted: end it at once. */
  urgent: AbortSignal;
}

const callTimeout = 60_000;

/** Guarded, because a write would make the node anew if the domain were gone. */
const requestScript = `
for id; do
  xenstore-exists "/local/domain/$id/control" && xenstore-write "/local/domain/$id/control/shutdown" poweroff
done`;

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
 * the domain ended by itself. When it resolves, no request to the host is under way any more.
 */
export async function superviseEnd(
  host: Host,
  id: number,
  limits: EndLimits,
  ended: AbortSignal,
): Promise<EndCause | undefined> {
  const { orderly, urgent, timeout } = limits;
  await firstOf([orderly, urgent, ended], timeout);
  if (ended.aborted) return undefined;
  const cause = orderly.aborted || urgent.aborted ? 'interrupted' : 'timeout';
  if (!urgent.aborted) {
    await requestShutdown(host, id);
    // A signal during a time-out's grace is a wish to end sooner.
    await firstOf(cause === 'timeout' ? [orderly, urgent, ended] : [urgent, ended], limits.grace);
  }
  if (!ended.aborted) await destroyNow(host, id);
  return cause;
}

/** Waits until one of the signals is aborted, or `milliseconds` have passed. */
async function firstOf(signals: AbortSignal[], milliseconds: number | undefined): Promise<void> {
  const any = AbortSignal.any(signals);
  if (any.aborted) return;
  if (milliseconds !== undefined) {
    await sleep(milliseconds, any).catch(() => {});
    return;
  }
  await new Promise<void>((resolve) => any.addEventListener('abort', () => resolve(), { once: true }));
}
