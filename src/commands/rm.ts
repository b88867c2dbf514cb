import { UserError } from '../errors.js';
import { downReport } from '../report/domains.js';
import { takeDown } from '../xl/takedown.js';
import { DomainsCommand, domainFlags, domainNames } from './domains-base.js';

export default class Rm extends DomainsCommand<typeof Rm> {
  static override summary = 'remove domains that have ended, with their exit status and log';
  static override description = 'A domain that runs is not touched: see `lwd stop` and `lwd down`.';
  static override examples = ['<%= config.bin %> rm solver-1', '<%= config.bin %> rm --all'];
  static override usage = 'rm NAME... | --all [FLAGS]';
  static override args = domainNames;
  // oclif looks at a command's own properties only.
  static override strict = false;
  static override flags = domainFlags;

  async run(): Promise<void> {
    const { host, domains } = await this.chosen();
    const ended = domains.filter(({ state }) => state === 'ended');
    const running = domains.filter(({ state }) => state !== 'ended').map(({ name }) => name);
    if (running.length > 0 && !this.flags.all) {
      throw new UserError(`${running.join(', ')}: not ended yet, nothing was removed`, {
        exit: 'usage',
        next: [`end it first: lwd stop ${running.join(' ')}`, `or both at once: lwd down ${running.join(' ')}`],
      });
    }
    const taken = ended.length === 0 ? [] : await takeDown(host, ended, { grace: 0, signal: this.interruption.signal });
    this.output.result(downReport(taken));
    this.tellOf(taken, host);
  }
}
