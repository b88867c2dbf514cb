/**
 * The same work on several hosts at once. What goes wrong with one host does not concern the others: it is kept beside what
 * the others gave.
 */
import { LwdError } from '../errors.js';

export interface Named {
  readonly name: string;
}

export interface OnHost<H, T> {
  host: H;
  value: T;
}

export interface HostFailure {
  host: string;
  error: LwdError;
}

export interface Everywhere<H, T> {
  /** In the order in which the hosts were given. */
  done: OnHost<H, T>[];
  failed: HostFailure[];
}

/**
 * Waits for all of them. `alone`: no other host is concerned, and a failure is thrown; so is, of several, what no host can be
 * blamed for: a defect, or the user's interruption.
 */
export async function everywhere<H extends Named, T>(
  hosts: readonly H[],
  work: (host: H) => Promise<T>,
  alone = hosts.length === 1,
): Promise<Everywhere<H, T>> {
  const ends = await Promise.allSettled(hosts.map((host) => work(host)));
  const result: Everywhere<H, T> = { done: [], failed: [] };
  for (const [index, end] of ends.entries()) {
    const host = hosts[index] as H;
    if (end.status === 'fulfilled') result.done.push({ host, value: end.value });
    else if (alone || !(end.reason instanceof LwdError)) throw end.reason;
    else result.failed.push({ host: host.name, error: end.reason });
  }
  return result;
}
