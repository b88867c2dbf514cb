/**
 * Time: the only user of Date, process.hrtime and timers that wait. Everything is in milliseconds unless a name says
 * otherwise.
 */
import { setTimeout as delay } from 'node:timers/promises';

/** Milliseconds since some fixed moment; never goes back. For measuring and for deadlines. */
export function monotonic(): number {
  return performance.now();
}

/** Seconds since 1970, with fraction: the wall clock, which may jump. For telling others the time. */
export function wallSeconds(): number {
  return Date.now() / 1000;
}

/** Seconds since 1970 of a time without a zone ("2026-11-23T07:10:02"), which is then this process's; NaN if it is none. */
export function localSeconds(text: string): number {
  return Date.parse(text) / 1000;
}

/** The wall clock as ISO 8601 in UTC, to the second. For logs and records. */
export function wallText(): string {
  return `${new Date().toISOString().slice(0, 19)}Z`;
}

/** Rejects with the signal's own reason when aborted. */
export async function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  try {
    await delay(milliseconds, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    throw signal?.reason ?? error;
  }
}

/** Calls `work` every so often until it is stopped. Does not keep the process alive by itself. */
export function every(milliseconds: number, work: () => void): { stop(): void } {
  const timer = setInterval(work, milliseconds);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}

export interface WaitOptions {
  /** Milliseconds until giving up. */
  timeout: number;
  /** Milliseconds between two looks, 20 if not given. */
  interval?: number;
  signal?: AbortSignal;
}

/**
 * Looks again and again until `look` gives something other than undefined, and returns that; undefined when the time
 * ran out. Rejects when aborted, or when `look` does.
 */
export async function waitFor<T>(
  look: () => Promise<T | undefined> | T | undefined,
  options: WaitOptions,
): Promise<T | undefined> {
  const deadline = monotonic() + options.timeout;
  for (;;) {
    options.signal?.throwIfAborted();
    const seen = await look();
    if (seen !== undefined) return seen;
    if (monotonic() >= deadline) return undefined;
    await sleep(options.interval ?? 20, options.signal);
  }
}
