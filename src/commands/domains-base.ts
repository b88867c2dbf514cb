/**
 * What the commands share that work on domains which are there: which of them are meant, by name or all.
 */
import { Args, type Command, Flags } from '@oclif/core';
import { UserError } from '../errors.js';
import { exitCode } from '../exit-codes.js';
import { chooseHost } from '../host/choose.js';
import type { Host } from '../host/host.js';
import { type DomainStatus, findDomain, listDomains } from '../xl/status.js';
import type { TakenDown } from '../xl/takedown.js';
import { hostFlag, LwdCommand } from './base.js';

export const domainNames = { name: Args.string({ description: 'names, numbers or UUIDs of domains' }) };

export const domainFlags = {
  all: Flags.boolean({ description: "all of lwd's domains on the host" }),
  host: hostFlag,
};

export abstract class DomainsCommand<T extends typeof Command> extends LwdCommand<T> {
  /** The host, and the domains that the command line means. Throws UserError if it means none, or one that is not there. */
  protected async chosen(): Promise<{ host: Host; domains: DomainStatus[] }> {
    const { all, host: wish } = this.flags as { all?: boolean; host?: string };
    if (Boolean(all) === this.operands.length > 0) {
      throw new UserError('name the domains, or give --all', { exit: 'usage', next: ['which there are: lwd ps'] });
    }
    const host = await chooseHost({ flag: wish }, (message) => this.output.note(message), this.interruption.signal);
    const known = await listDomains(host);
    return { host, domains: all ? known : this.operands.map((name) => findDomain(known, name, host)) };
  }
  /** Says which of them are still there, and which have left something. */
  protected tellOf(taken: readonly TakenDown[], host: Host): void {
    for (const { domain, leftBehind, keepsCopies } of taken) {
      if (keepsCopies) {
        const fetch = `lwd copies --host ${host.name} --fetch ${domain.uuid} --into FOLDER`;
        this.output.warn(`${host.name} keeps what ${domain.name} wrote to volumes and disks\n  next: ${fetch}`);
      }
      if (leftBehind === undefined) continue;
      this.output.warn(`${domain.name} is still there: ${leftBehind}`);
      this.exitWith(exitCode('toolFailed'));
    }
  }
}
