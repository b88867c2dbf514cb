import { Flags } from '@oclif/core';
import { stopReport } from '../report/domains.js';
import { parseDuration } from '../xl/facts/units.js';
import { stop } from '../xl/life/takedown.js';
import { DomainsCommand, domainFlags, domainNames } from './domains-base.js';
import { timeoutFlag } from './hosts-base.js';

export default class Stop extends DomainsCommand<typeof Stop> {
  static override summary = 'ask domains to end, and destroy those that have not when their grace is over';
  static override description =
    `What ends by itself keeps its exit status and log, for \`lwd wait\` and \`lwd logs\`, until \`lwd rm\`. A domain that is paused
goes on, to hear of it.`;
  static override examples = ['<%= config.bin %> stop solver-1', '<%= config.bin %> stop --all --grace 1m'];
  static override usage = 'stop NAME... | --all | --selector KEY=VALUE [FLAGS]';
  static override args = domainNames;
  // oclif looks at a command's own properties only.
  static override strict = false;
  static override flags = {
    ...domainFlags,
    grace: Flags.string({ description: 'between asking and destroying', default: '10s', helpValue: 'TIME' }),
    timeout: timeoutFlag(),
  };

  async run(): Promise<void> {
    const grace = parseDuration('--grace', this.flags.grace);
    const { signal } = this.interruption;
    const stopped = await this.onDomains((host, domains) => stop(host, domains, { grace, signal }));
    this.show(stopReport(stopped), stopped);
    for (const { domain, leftBehind, host } of stopped.rows) {
      if (leftBehind === undefined) continue;
      this.output.warn(`${this.called({ ...domain, host }, stopped)} still runs: ${leftBehind}`);
      this.failWith('toolFailed');
    }
  }
}
