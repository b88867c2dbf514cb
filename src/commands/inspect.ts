import { Args } from '@oclif/core';
import { inspectReport } from '../report/domains.js';
import { addressesOf } from '../xl/life/publish.js';
import { DomainsCommand, domainFlags } from './domains-base.js';
import { timeoutFlag } from './hosts-base.js';

export default class Inspect extends DomainsCommand<typeof Inspect> {
  static override summary = 'show all that is known of domains, as JSON';
  static override usage = 'inspect NAME... | --all | --selector KEY=VALUE [FLAGS]';
  static override args = { name: Args.string({ description: 'names, numbers or UUIDs of domains' }) };
  // oclif looks at a command's own properties only.
  static override strict = false;
  static override flags = { ...domainFlags, timeout: timeoutFlag() };

  async run(): Promise<void> {
    const found = await this.onDomains(
      (host, domains) =>
        Promise.all(
          domains.map(async (domain) => {
            const addresses = domain.state === 'running' ? await addressesOf(host, domain.id) : [];
            return { ...domain, addresses };
          }),
        ),
      { reads: true, places: true, shells: true },
    );
    this.show(inspectReport(found), found);
  }
}
