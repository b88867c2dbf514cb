/**
 * Signals to this process as AbortSignals. The first SIGINT, SIGTERM or SIGHUP asks for an orderly end, the second for
 * an end at once. A reader of stdout that went away counts as SIGPIPE: a Unix program would have died of it. SIGUSR1 and SIGUSR2
 * are for whoever asks for them: a domain's process.
 */
import { constants } from 'node:os';
import { watchOwnStreams } from './own-streams.js';

export type EndingSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'SIGPIPE';

export type UserSignal = 'SIGUSR1' | 'SIGUSR2';
const userSignals = ['SIGUSR1', 'SIGUSR2'] as const;

export class Interruption {
  readonly #listeners = new Set<(name: UserSignal) => void>();
  #held: UserSignal[] | undefined;
  readonly #orderly = new AbortController();
  readonly #urgent = new AbortController();
  #name: EndingSignal | undefined;
  #patient = false;

  /** A second SIGTERM is no wish to end sooner: a batch system sends it more than once, and SIGKILL when it has waited. */
  bePatient(): void {
    this.#patient = true;
  }

  /** Aborted by the first signal. */
  get signal(): AbortSignal {
    return this.#orderly.signal;
  }

  /** Aborted by the second signal. */
  get urgent(): AbortSignal {
    return this.#urgent.signal;
  }

  /** The first signal, or undefined if none has come. */
  get name(): EndingSignal | undefined {
    return this.#name;
  }

  /** 128 + the signal's number, as a shell would report the end; undefined if no signal has come. */
  get exitCode(): number | undefined {
    return this.#name === undefined ? undefined : 128 + constants.signals[this.#name];
  }

  raise(name: EndingSignal): void {
    // SIGPIPE comes once for each write; it never makes an orderly end an urgent one.
    if (this.#name === undefined) {
      this.#name = name;
      this.#orderly.abort(new Error(`interrupted by ${name}`));
    } else if (name !== 'SIGPIPE' && !(this.#patient && name === 'SIGTERM')) {
      this.#urgent.abort(new Error(`interrupted again by ${name}`));
    }
  }

  /** From now on SIGUSR1 and SIGUSR2 no longer end this process: they wait for somebody who takes them. */
  holdUserSignals(): void {
    if (this.#held !== undefined) return;
    this.#held = [];
    for (const name of userSignals) process.on(name, () => this.#pass(name));
  }

  /** Has those that wait, and those that come, given to `take`, until the function that this gives is called. */
  takeUserSignals(take: (name: UserSignal) => void): () => void {
    this.holdUserSignals();
    this.#listeners.add(take);
    for (const name of this.#held?.splice(0) ?? []) take(name);
    return () => this.#listeners.delete(take);
  }

  #pass(name: UserSignal): void {
    if (this.#listeners.size === 0) this.#held?.push(name);
    for (const take of this.#listeners) take(name);
  }

  /** From here on this process's signals come here, and no longer end it by themselves. */
  listen(): void {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => this.raise(name));
    watchOwnStreams(() => this.raise('SIGPIPE'));
  }
}
