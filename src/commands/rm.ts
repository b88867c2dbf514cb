import { UserError } from '../errors.js';
import type { Host } from '../host/host.js';
import { downReport } from '../report/domains.js';
import { accountOfTaken, keepAccount } from '../run/accounting.js';
import { type TakenDown, takeDown } from '../xl/life/takedown.js';
import type { DomainStatus } from '../xl/observed/status.js';
import { DomainsCommand, domainFlags, domainNames } from './domains-base.js';
import { timeoutFlag } from './hosts-base.js';

export default class Rm extends DomainsCommand<typeof Rm> {
  static override summary = 'remove domains that have ended, with their exit status and log, and shells that wait';
  static override description = 'A domain that runs is not touched: see `lwd stop` and `lwd down`.';
  static override examples = ['<%= config.bin %> rm solver-1', '<%= config.bin %> rm --all'];
  static override usage = 'rm NAME... | --all | --selector KEY=VALUE [FLAGS]';
  static override args = domainNames;
  // oclif looks at a command's own properties only.
  static override strict = false;
  static override flags = { ...domainFlags, timeout: timeoutFlag() };

  async run(): Promise<void> {
    const taken = await this.onDomains((host, domains) => this.#remove(host, domains), { shells: true });
    for (const row of taken.rows) await keepAccount(accountOfTaken(row, 'rm'), this.output);
    this.show(downReport(taken), taken);
    this.tellOf(taken);
  }

  async #remove(host: Host, domains: readonly DomainStatus[]): Promise<TakenDown[]> {
    const { all } = this.flags;
    // One that was destroyed already is looked at again only for who asks for it: nothing more can be done to it.
    const isOver = ({ state }: DomainStatus) => state === 'ended' || state === 'shell' || (state === 'dying' && !all);
    const ended = domains.filter(isOver);
    const running = domains.filter((domain) => !isOver(domain)).map(({ name }) => name);
    if (running.length > 0 && !all) {
      throw new UserError(`${running.join(', ')}: not ended yet, nothing was removed on ${host.name}`, {
        exit: 'usage',
        next: [`end it first: lwd stop ${running.join(' ')}`, `or both at once: lwd down ${running.join(' ')}`],
      });
    }
    return ended.length === 0 ? [] : takeDown(host, ended, { grace: 0, signal: this.interruption.signal });
  }
}
