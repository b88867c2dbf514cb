import { listReport } from '../report/domains.js';
import { listDomains } from '../xl/status.js';
import { hostsFlag } from './base.js';
import { HostsCommand, timeoutFlag } from './hosts-base.js';

export default class Ps extends HostsCommand<typeof Ps> {
  static override summary =
    "list lwd's domains on the hosts: those that run, and those that ended and wait for `lwd down`";
  static override examples = [
    '<%= config.bin %> ps',
    '<%= config.bin %> ps --json',
    '<%= config.bin %> ps --host node1,node2',
  ];
  static override flags = { host: hostsFlag, timeout: timeoutFlag() };

  async run(): Promise<void> {
    const domains = await this.rows(listDomains, { reads: true });
    this.show(listReport(domains), domains);
  }
}
