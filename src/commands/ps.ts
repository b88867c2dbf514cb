import { Flags } from '@oclif/core';
import { listReport } from '../report/domains.js';
import { parseSelector, selects } from '../xl/observed/selection.js';
import { type DomainStatus, listDomains } from '../xl/observed/status.js';
import { hostsFlag } from './base.js';
import { selectorFlag } from './domains-base.js';
import { HostsCommand, timeoutFlag } from './hosts-base.js';

export default class Ps extends HostsCommand<typeof Ps> {
  static override summary =
    "list lwd's domains on the hosts: those that run, and those that ended and wait for `lwd down`";
  static override examples = [
    '<%= config.bin %> ps',
    '<%= config.bin %> ps --long',
    '<%= config.bin %> ps --json',
    '<%= config.bin %> ps --host node1,node2',
    '<%= config.bin %> ps --selector job=1234',
  ];
  static override flags = {
    long: Flags.boolean({ description: 'also where their vCPUs may run (as --json says, too)' }),
    selector: selectorFlag,
    host: hostsFlag,
    timeout: timeoutFlag(),
  };

  async run(): Promise<void> {
    const { selector, long } = this.flags;
    const places = long || this.output.json;
    const selectors = selector === undefined ? [] : parseSelector(selector);
    const wanted = (found: DomainStatus[]) => found.filter((domain) => selects(selectors, domain));
    const domains = await this.rows(async (host) => wanted(await listDomains(host, { places })), { reads: true });
    this.show(listReport(domains, long), domains);
  }
}
