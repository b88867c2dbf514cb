/**
 * What the commands share that work on domains which are there: which of them are meant (by name, by what is known of
 * them, or all), on one host or on several.
 */
import { Args, type Command, Flags } from '@oclif/core';
import { UserError } from '../errors.js';
import type { Host } from '../host/host.js';
import { type Rows, rowsOf } from '../report/rows.js';
import type { TakenDown } from '../xl/life/takedown.js';
import { chooseDomains, type DomainsWish } from '../xl/observed/choose-domains.js';
import { parseSelector } from '../xl/observed/selection.js';
import { type DomainStatus, type Look, listDomains } from '../xl/observed/status.js';
import { hostsFlag } from './base.js';
import { HostsCommand, type Manner } from './hosts-base.js';

export const domainNames = { name: Args.string({ description: 'names, numbers or UUIDs of domains' }) };

export const selectorFlag = Flags.string({
  description: 'those of which this holds: state=paused, name=job-*, owner=…, image=…, group=…, job=…, step=…',
  helpValue: 'KEY=VALUE',
});

export const domainFlags = {
  all: Flags.boolean({ description: "all of lwd's domains on the host", exclusive: ['selector'] }),
  selector: selectorFlag,
  host: hostsFlag,
};

interface Meant {
  /** Instead of the command line's. */
  names?: readonly string[];
  /** Shells can be meant too (choose-domains.ts). */
  shells?: boolean;
  /** What nothing is, is an error: the status says something of the domains that are meant. */
  some?: boolean;
}

export abstract class DomainsCommand<T extends typeof Command> extends HostsCommand<T> {
  /**
   * Rows from `work`, which gets the domains that the command line means, host by host; a host without any is left out. Throws
   * UserError, before anything is done, if it means none, or one that is not there. That a selector means none is told only,
   * unless there have to be some.
   */
  protected async onDomains<Row extends object>(
    work: (host: Host, domains: DomainStatus[]) => Promise<readonly Row[]>,
    { names = this.operands, places = false, shells = false, some = false, ...manner }: Manner & Look & Meant = {},
  ): Promise<Rows<Row>> {
    const wish = { ...this.#wish(names), shells };
    const hosts = await this.hosts();
    const look = (host: Host) => listDomains(host, { places });
    const looks = await this.on(hosts, look, { ...manner, reads: manner.reads ?? true });
    const silent = looks.failed.map(({ host }) => host);
    const chosen = this.#choose(() => chooseDomains(looks.done, wish, silent), looks.failed);
    const concerned = chosen.filter(({ value }) => value.length > 0);
    if (concerned.length === 0 && silent.length === 0) this.#tellOfNone(hosts, some);
    const domains = new Map(concerned.map(({ host, value }) => [host.name, value]));
    const worked = await this.on(
      concerned.map(({ host }) => host),
      (host) => work(host, domains.get(host.name) ?? []),
      { ...manner, amongOthers: hosts.length > 1 },
    );
    return rowsOf(hosts, { done: worked.done, failed: [...looks.failed, ...worked.failed] });
  }

  /** All of them, if the command line says nothing at all. */
  protected meansAll(): boolean {
    const { all, selector } = this.flags as { all?: boolean; selector?: string };
    return Boolean(all) || (selector === undefined && this.operands.length === 0);
  }

  #wish(names: readonly string[]): DomainsWish {
    const { all, selector } = this.flags as { all?: boolean; selector?: string };
    const byRule = Boolean(all) || selector !== undefined;
    if (byRule === names.length > 0) {
      const rule = all ? '--all' : '--selector';
      const both = `${names.join(', ')} and ${rule} do not go together: give names, or a rule`;
      throw new UserError(byRule ? both : 'name the domains, or give --all or --selector', {
        exit: 'usage',
        next: ['which there are: lwd ps'],
      });
    }
    return { names, selectors: selector !== undefined ? parseSelector(selector) : byRule ? [] : undefined };
  }

  #tellOfNone(hosts: readonly Host[], some: boolean): void {
    const { selector } = this.flags as { selector?: string };
    if (selector === undefined) return;
    const none = `none of lwd's domains on ${hosts.map(({ name }) => name).join(', ')} is one of ${selector}`;
    if (some) throw new UserError(none, { exit: 'noSuchDomain', next: ['which there are: lwd ps'] });
    this.output.note(none);
  }

  /** Says on stderr what is still there, and what has left something. */
  protected tellOf(taken: Rows<TakenDown>): void {
    for (const { domain, leftBehind, keepsCopies, host } of taken.rows) {
      if (keepsCopies) {
        const fetch = `lwd copies --host ${host} --fetch ${domain.uuid} --into FOLDER`;
        this.output.warn(`${host} keeps what ${domain.name} wrote to volumes and disks\n  next: ${fetch}`);
      }
      if (leftBehind === undefined) continue;
      this.output.warn(`${this.called({ ...domain, host }, taken)} is still there: ${leftBehind}`);
      this.failWith('toolFailed');
    }
  }

  /** Hosts that failed are told of in any case: they may be why nothing was found. */
  #choose<R>(choose: () => R, failed: Rows<object>['failed']): R {
    try {
      return choose();
    } catch (error) {
      this.tellFailed(failed);
      throw error;
    }
  }
}
