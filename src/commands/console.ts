import { Args } from '@oclif/core';
import { UserError } from '../errors.js';
import { openConsole } from '../xl/life/console.js';
import { findDomain, listDomains } from '../xl/observed/status.js';
import { hostFlag } from './base.js';
import { HostCommand } from './host-base.js';

export default class Console extends HostCommand<typeof Console> {
  static override summary = "attach this terminal to a domain's console, both ways; Ctrl-] leaves it";
  static override args = { name: Args.string({ description: "the domain's name, number or UUID", required: true }) };
  static override flags = { host: hostFlag };

  async run(): Promise<void> {
    if (this.output.json) {
      throw new UserError('a console is for a terminal and has no JSON', {
        exit: 'usage',
        next: [`lwd logs ${this.args.name} --json`],
      });
    }
    const host = await this.host();
    const domain = findDomain(await listDomains(host), this.args.name, host);
    if (domain.state === 'ended') {
      throw new UserError(`${domain.name} has ended: nobody is at its console`, {
        exit: 'noSuchDomain',
        next: [`what it wrote: lwd logs ${domain.name}`],
      });
    }
    if (process.stderr.isTTY) this.output.note(`console of ${domain.name}; Ctrl-] leaves it`);
    this.exitWith(await openConsole(host, domain));
  }
}
