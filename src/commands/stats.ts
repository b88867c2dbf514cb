import { Flags } from '@oclif/core';
import type { Host } from '../host/host.js';
import type { Everywhere } from '../host/several.js';
import type { Report } from '../report/output.js';
import { rowsOf } from '../report/rows.js';
import { statsReport } from '../report/stats.js';
import { sleep } from '../sys/clock.js';
import { parseDuration } from '../xl/facts/units.js';
import { ratesBetween, type Sample, sampleUsage } from '../xl/observed/stats.js';
import { DomainsCommand, domainFlags, domainNames } from './domains-base.js';

type Look = Everywhere<Host, Sample>;

export default class Stats extends DomainsCommand<typeof Stats> {
  static override summary = 'show what domains use: processor, memory, disk, network';
  static override description =
    `Totals are since the domain began; CPU and what is per second is of the time between two looks. With --watch it
goes on until it is interrupted or --timeout is over, a table (with --json: a value on a line) each time.`;
  static override examples = ['<%= config.bin %> stats', '<%= config.bin %> stats solver-1 --watch --interval 5s'];
  static override usage = 'stats [NAME...] [FLAGS]';
  static override args = domainNames;
  // oclif looks at a command's own properties only.
  static override strict = false;
  static override flags = {
    ...domainFlags,
    watch: Flags.boolean({ description: 'again and again' }),
    interval: Flags.string({ description: 'between two looks', default: '1s', helpValue: 'TIME' }),
    timeout: Flags.string({
      description: 'try no longer than this (90s, 5m); with --watch: look no longer',
      helpValue: 'TIME',
    }),
  };

  async run(): Promise<void> {
    const interval = parseDuration('--interval', this.flags.interval);
    const wanted = await this.#wanted();
    const hosts = await this.hosts();
    const first = await this.#sample(hosts);
    this.tellFailed(first.failed);
    if (this.flags.watch) return this.#watch(hosts, first, interval, wanted);
    await sleep(interval, this.over()).catch(() => {});
    const now = await this.#sample(first.done.map(({ host }) => host));
    this.show(reportOf(hosts, first, now, wanted), now);
  }

  /** Until it is interrupted, --timeout is over, or no host answers any more. */
  async #watch(hosts: Host[], first: Look, interval: number, wanted: Set<string> | undefined): Promise<void> {
    const over = this.over();
    const sample = (before: Look) =>
      this.#sample(before.done.map(({ host }) => host)).catch((error: unknown) => {
        if (!over.aborted) throw error;
        return before;
      });
    for (let before = first; before.done.length > 0; ) {
      await sleep(interval, over).catch(() => {});
      const now = await sample(before);
      if (over.aborted) break;
      this.output.oneOfMany(reportOf(hosts, before, now, wanted));
      this.tellFailed(now.failed);
      before = now;
    }
    const status = this.interruption.exitCode;
    if (status !== undefined) this.exitWith(status);
  }

  /** undefined: all. */
  async #wanted(): Promise<Set<string> | undefined> {
    if (this.meansAll()) return undefined;
    const chosen = await this.onDomains(async (_, domains) => domains, { reads: true });
    return new Set(chosen.rows.map(({ uuid }) => uuid));
  }

  #sample(hosts: readonly Host[]): Promise<Look> {
    return this.on(hosts, (host) => sampleUsage(host, this.interruption.signal), { reads: true });
  }
}

function reportOf(hosts: Host[], before: Look, now: Look, wanted: Set<string> | undefined): Report {
  const earlier = new Map(before.done.map(({ host, value }) => [host, value]));
  const done = now.done.map(({ host, value }) => {
    const rates = ratesBetween(earlier.get(host) ?? value, value);
    return { host, value: rates.filter(({ uuid }) => wanted?.has(uuid) ?? true) };
  });
  return statsReport(rowsOf(hosts, { done, failed: now.failed }));
}
