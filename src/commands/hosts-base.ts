/** What the commands share that work on several hosts at once: which those are, for how long each is tried, and what is told. */
import { type Command, Flags } from '@oclif/core';
import { HostError } from '../errors.js';
import { bounded } from '../host/bounded.js';
import { chooseHosts } from '../host/choose.js';
import type { Host } from '../host/host.js';
import { withDoubt, withoutDoubt } from '../host/lost.js';
import { type Everywhere, everywhere } from '../host/several.js';
import type { Report } from '../report/output.js';
import { type Placed, type Rows, rowsOf } from '../report/rows.js';
import { parseDuration } from '../xl/facts/units.js';
import { HostCommand } from './host-base.js';

/** Without a time of its own a command takes as long as its single calls may, a minute or two each. */
export const timeoutFlag = () => Flags.string({ description: 'try no longer than this (90s, 5m)', helpValue: 'TIME' });

/** What a host has to answer in, beside the time that domains are given. */
export const hostSlack = 30_000;

/** For commands that wait for something to become so, and then say how far it came. Their manner has a slack. */
export const patienceFlag = (standard: string) =>
  Flags.string({ description: 'try no longer than this (90s, 5m)', default: standard, helpValue: 'TIME' });

export interface Manner {
  /** It changes nothing: an interruption breaks it off at once. False: not even the look before it counts as that. */
  reads?: boolean;
  /** The command that shows what this one changes; `ps` if not given. */
  look?: string;
  /** --timeout is for what is waited for there; a host that is slow to answer has so many milliseconds more. */
  slack?: number;
  /** There are other hosts, whose failures are told beside these. */
  amongOthers?: boolean;
}

export abstract class HostsCommand<T extends typeof Command> extends HostCommand<T> {
  #limit: AbortSignal | undefined;

  protected hosts(): Promise<Host[]> {
    const { host: flag } = this.flags as { host?: string };
    return chooseHosts({ flag }, (message) => this.output.note(message), this.interruption.signal);
  }

  /** Does it on these hosts at once. See everywhere() for what becomes of failures. */
  protected on<V>(
    hosts: readonly Host[],
    work: (host: Host) => Promise<V>,
    manner: Manner = {},
  ): Promise<Everywhere<Host, V>> {
    const alone = hosts.length === 1 && !manner.amongOthers;
    return everywhere(hosts, (host) => this.one(host, work, manner), alone);
  }

  /** For what goes on until somebody has seen enough: aborted by an interruption, and when --timeout is over. */
  protected over(): AbortSignal {
    const { timeout } = this.flags as { timeout?: string };
    if (timeout === undefined) return this.interruption.signal;
    return AbortSignal.any([this.interruption.signal, this.#startLimit(timeout, 0)]);
  }

  #startLimit(timeout: string, slack: number): AbortSignal {
    this.#limit ??= AbortSignal.timeout(parseDuration('--timeout', timeout) + slack);
    return this.#limit;
  }

  /** Rows from every host that the command line means. */
  protected async rows<Row extends object>(
    work: (host: Host) => Promise<readonly Row[]>,
    manner: Manner = {},
  ): Promise<Rows<Row>> {
    const hosts = await this.hosts();
    return rowsOf(hosts, await this.on(hosts, work, manner));
  }

  /** The result, and which hosts have none. */
  protected show(report: Report, { failed }: Pick<Rows<object>, 'failed'>): void {
    this.output.result(report);
    this.tellFailed(failed);
  }

  /** A domain for a message: with its host, if there are several. */
  protected called({ name, host }: Placed & { name: string }, { hosts }: Pick<Rows<object>, 'hosts'>): string {
    return hosts.length > 1 ? `${name} on ${host}` : name;
  }

  /** The same on one host. Throws HostError when --timeout is over. */
  protected async one<V>(host: Host, work: (host: Host) => Promise<V>, manner: Manner): Promise<V> {
    const { reads, slack = 0, look = 'ps' } = manner;
    const { timeout } = this.flags as { timeout?: string };
    const limit = timeout === undefined ? undefined : this.#startLimit(timeout, slack);
    const signals = [limit, reads ? this.interruption.signal : undefined].filter((signal) => signal !== undefined);
    try {
      const call = () => work(bounded(host, AbortSignal.any(signals)));
      return await (reads ? withoutDoubt(call, 'nothing was changed') : withDoubt(call, look));
    } catch (error) {
      if (limit === undefined || !limit.aborted || this.interruption.signal.aborted) throw error;
      const what = reads
        ? `did not answer within ${timeout}`
        : `not done after ${timeout}, how far it came is not known`;
      throw new HostError(`${host.name}: ${what}`, {
        exit: 'timeout',
        next: [...(reads ? [] : [`see: lwd ${look} --host ${host.name}`]), 'or try for longer: --timeout TIME'],
      });
    }
  }
}
