import { Flags } from '@oclif/core';
import { downReport } from '../report/domains.js';
import { accountOfTaken, keepAccount } from '../run/accounting.js';
import { parseDuration } from '../xl/facts/units.js';
import { takeDown } from '../xl/life/takedown.js';
import { DomainsCommand, domainFlags, domainNames } from './domains-base.js';
import { timeoutFlag } from './hosts-base.js';

export default class Down extends DomainsCommand<typeof Down> {
  static override summary = 'end domains: ask them, destroy them when their grace is over, remove what is left';
  static override examples = ['<%= config.bin %> down solver-1', '<%= config.bin %> down --all --now'];
  static override usage = 'down NAME... | --all | --selector KEY=VALUE [FLAGS]';
  static override args = domainNames;
  // oclif looks at a command's own properties only.
  static override strict = false;
  static override flags = {
    ...domainFlags,
    now: Flags.boolean({ description: 'no asking and no grace' }),
    grace: Flags.string({ description: 'between asking and destroying', default: '10s', helpValue: 'TIME' }),
    timeout: timeoutFlag(),
  };

  async run(): Promise<void> {
    const grace = this.flags.now ? 0 : parseDuration('--grace', this.flags.grace);
    const { signal } = this.interruption;
    const taken = await this.onDomains((host, domains) => takeDown(host, domains, { grace, signal }), {
      shells: true,
    });
    for (const row of taken.rows) await keepAccount(accountOfTaken(row, 'down'), this.output);
    this.show(downReport(taken), taken);
    this.tellOf(taken);
  }
}
