import { Flags } from '@oclif/core';
import type { Host } from '../host/host.js';
import type { Everywhere } from '../host/several.js';
import { rowsOf } from '../report/rows.js';
import { statsReport } from '../report/stats.js';
import { sleep } from '../sys/clock.js';
import { type Rates, ratesBetween, type Sample, sampleUsage } from '../xl/stats.js';
import { parseDuration } from '../xl/units.js';
import { DomainsCommand, domainFlags, domainNames } from './domains-base.js';

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
    const { watch } = this.flags;
    const over = this.over();
    const wanted = await this.#wanted();
    const hosts = await this.hosts();
    let before = await this.#sample(hosts);
    this.tellFailed(before.failed);
    do {
      await sleep(interval, over).catch(() => {});
      if (watch && over.aborted) return;
      const now = await this.#sample(before.done.map(({ host }) => host)).catch((error: unknown) => {
        if (watch && over.aborted) return undefined;
        throw error;
      });
      if (now === undefined || (watch && over.aborted)) return;
      const rates = ratesOf(before, now, wanted);
      const report = statsReport(rowsOf(hosts, { done: rates, failed: now.failed }));
      if (watch) this.output.oneOfMany(report);
      else this.output.result(report);
      this.tellFailed(now.failed);
      before = now;
    } while (watch && before.done.length > 0);
  }

  /** undefined: all. */
  async #wanted(): Promise<Set<string> | undefined> {
    if (this.meansAll()) return undefined;
    const chosen = await this.onDomains(async (_, domains) => domains, { reads: true });
    return new Set(chosen.rows.map(({ uuid }) => uuid));
  }

  #sample(hosts: readonly Host[]): Promise<Everywhere<Host, Sample>> {
    return this.on(hosts, (host) => sampleUsage(host, this.interruption.signal), { reads: true });
  }
}

function ratesOf(
  before: Everywhere<Host, Sample>,
  now: Everywhere<Host, Sample>,
  wanted: Set<string> | undefined,
): { host: Host; value: Rates[] }[] {
  const earlier = new Map(before.done.map(({ host, value }) => [host, value]));
  return now.done.map(({ host, value }) => {
    const rates = ratesBetween(earlier.get(host) ?? value, value);
    return { host, value: rates.filter(({ uuid }) => wanted?.has(uuid) ?? true) };
  });
}
