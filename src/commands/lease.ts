import { leaseReport } from '../report/lease.js';
import { renewLeases } from '../xl/observed/lease.js';
import { DomainsCommand, domainFlags, domainNames } from './domains-base.js';
import { timeoutFlag } from './hosts-base.js';

export default class Lease extends DomainsCommand<typeof Lease> {
  static override summary = 'renew the leases of domains that were started with `lwd up --detach --lease TIME`';
  static override description =
    `A domain with a lease is ended by its host when the lease was not renewed for its time. \`lwd up\` in the foreground
renews it by itself; for a detached domain somebody has to, with this command.`;
  static override examples = ['<%= config.bin %> up -d --name job --lease 1m', '<%= config.bin %> lease job'];
  static override usage = 'lease NAME... | --all | --selector KEY=VALUE [FLAGS]';
  static override args = domainNames;
  // oclif looks at a command's own properties only.
  static override strict = false;
  static override flags = { ...domainFlags, timeout: timeoutFlag() };

  async run(): Promise<void> {
    const renewed = await this.onDomains(renewLeases);
    this.show(leaseReport(renewed), renewed);
    for (const row of renewed.rows) {
      if (row.complaint === undefined) continue;
      this.output.warn(`${this.called(row, renewed)}: ${row.complaint}`);
      this.failWith('toolFailed');
    }
  }
}
