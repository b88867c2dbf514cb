import { Flags } from '@oclif/core';
import { statsReport } from '../report/stats.js';
import { sleep } from '../sys/clock.js';
import { ratesBetween, sampleUsage } from '../xl/stats.js';
import { parseDuration } from '../xl/units.js';
import { DomainsCommand, domainFlags, domainNames } from './domains-base.js';

export default class Stats extends DomainsCommand<typeof Stats> {
  static override summary = 'show what domains use: processor, memory, disk, network';
  static override description =
    `Totals are since the domain began; CPU and what is per second is of the time between two looks. With --watch it
goes on until it is interrupted or --timeout is over, a table (with --json: a value) each time.`;
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
      description: 'with --watch, stop after this time',
      helpValue: 'TIME',
      dependsOn: ['watch'],
    }),
  };

  async run(): Promise<void> {
    const interval = parseDuration('--interval', this.flags.interval);
    const { timeout, watch, all, selector } = this.flags;
    const limit = timeout === undefined ? [] : [AbortSignal.timeout(parseDuration('--timeout', timeout))];
    const over = AbortSignal.any([this.interruption.signal, ...limit]);
    if (!all && selector === undefined && this.operands.length === 0) this.flags.all = true;
    const { host, domains } = await this.chosen();
    const wanted = this.flags.all ? undefined : new Set(domains.map(({ uuid }) => uuid));
    let before = await sampleUsage(host, this.interruption.signal);
    do {
      await sleep(interval, over).catch(() => {});
      if (watch && over.aborted) return;
      const now = await sampleUsage(host, this.interruption.signal);
      const rates = ratesBetween(before, now).filter(({ uuid }) => wanted?.has(uuid) ?? true);
      this.output.result(statsReport(rates, host.name));
      before = now;
    } while (watch);
  }
}
