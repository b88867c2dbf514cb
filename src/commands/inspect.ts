import { Args } from '@oclif/core';
import { chooseHost } from '../host/choose.js';
import { domainJson } from '../report/domains.js';
import { addressesOf } from '../xl/publish.js';
import { findDomain, listDomains } from '../xl/status.js';
import { hostFlag, LwdCommand } from './base.js';

export default class Inspect extends LwdCommand<typeof Inspect> {
  static override summary = 'show all that is known of a domain, as JSON';
  static override args = { name: Args.string({ description: "the domain's name, number or UUID", required: true }) };
  static override flags = { host: hostFlag };

  async run(): Promise<void> {
    const host = await chooseHost(
      { flag: this.flags.host },
      (message) => this.output.note(message),
      this.interruption.signal,
    );
    const domain = findDomain(await listDomains(host), this.args.name, host);
    const addresses = domain.state === 'running' ? await addressesOf(host, domain.id) : [];
    const value = { host: host.name, ...domainJson(domain), addresses };
    this.output.result({ toJson: () => value, toText: () => JSON.stringify(value, undefined, 2) });
  }
}
