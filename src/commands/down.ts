import { Args, Flags } from '@oclif/core';
import { UserError } from '../errors.js';
import { exitCode } from '../exit-codes.js';
import { chooseHost } from '../host/choose.js';
import { downReport } from '../report/domains.js';
import { findDomain, listDomains } from '../xl/status.js';
import { takeDown } from '../xl/takedown.js';
import { parseDuration } from '../xl/units.js';
import { hostFlag, LwdCommand } from './base.js';

export default class Down extends LwdCommand<typeof Down> {
  static override summary = 'end domains: ask them, destroy them when their grace is over, remove what is left';
  static override examples = ['<%= config.bin %> down solver-1', '<%= config.bin %> down --all --now'];
  static override strict = false;
  static override usage = 'down NAME... | --all [FLAGS]';
  static override args = { name: Args.string({ description: 'names, numbers or UUIDs of domains' }) };
  static override flags = {
    all: Flags.boolean({ description: "all of lwd's domains on the host" }),
    now: Flags.boolean({ description: 'no asking and no grace' }),
    grace: Flags.string({ description: 'between asking and destroying', default: '10s', helpValue: 'TIME' }),
    host: hostFlag,
  };

  async run(): Promise<void> {
    if (Boolean(this.flags.all) === this.operands.length > 0) {
      throw new UserError('name the domains to end, or give --all', {
        exit: 'usage',
        next: ['which there are: lwd ps'],
      });
    }
    const grace = this.flags.now ? 0 : parseDuration('--grace', this.flags.grace);
    const host = await chooseHost(
      { flag: this.flags.host },
      (message) => this.output.note(message),
      this.interruption.signal,
    );
    const known = await listDomains(host);
    const domains = this.flags.all ? known : this.operands.map((name) => findDomain(known, name, host));
    const taken =
      domains.length === 0 ? [] : await takeDown(host, domains, { grace, signal: this.interruption.signal });
    this.output.result(downReport(taken));
    for (const { domain, leftBehind } of taken) {
      if (leftBehind === undefined) continue;
      this.output.warn(`${domain.name} is still there: ${leftBehind}`);
      this.exitWith(exitCode('toolFailed'));
    }
  }
}
