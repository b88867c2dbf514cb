/**
 * What the commands share that work on domains which are there: which of them are meant (by name, by what is known of
 * them, or all), and for how long the command tries.
 */
import { Args, type Command, Flags } from '@oclif/core';
import { HostError, UserError } from '../errors.js';
import { exitCode } from '../exit-codes.js';
import { chooseHost } from '../host/choose.js';
import type { Host } from '../host/host.js';
import { parseSelector, selects } from '../xl/selection.js';
import { type DomainStatus, findDomain, listDomains } from '../xl/status.js';
import type { TakenDown } from '../xl/takedown.js';
import { parseDuration } from '../xl/units.js';
import { hostFlag, LwdCommand } from './base.js';

export const domainNames = { name: Args.string({ description: 'names, numbers or UUIDs of domains' }) };

export const domainFlags = {
  all: Flags.boolean({ description: "all of lwd's domains on the host", exclusive: ['selector'] }),
  selector: Flags.string({
    description: 'those of which this holds: state=paused, name=job-*, owner=…, image=…, group=…',
    helpValue: 'KEY=VALUE',
  }),
  host: hostFlag,
};

/** For commands that wait for something to become so. */
export const timeoutFlag = (standard: string) =>
  Flags.string({ description: 'try no longer than this (90s, 5m)', default: standard, helpValue: 'TIME' });

export interface Chosen {
  host: Host;
  domains: DomainStatus[];
}

export abstract class DomainsCommand<T extends typeof Command> extends LwdCommand<T> {
  /** The host, and the domains that the command line means. Throws UserError if it means none, or one that is not there. */
  protected async chosen(names: readonly string[] = this.operands): Promise<Chosen> {
    const { all, selector, host: wish } = this.flags as { all?: boolean; selector?: string; host?: string };
    const byRule = Boolean(all) || selector !== undefined;
    if (byRule === names.length > 0) {
      throw new UserError('name the domains, or give --all or --selector', {
        exit: 'usage',
        next: ['which there are: lwd ps'],
      });
    }
    const selectors = selector === undefined ? [] : parseSelector(selector);
    const host = await chooseHost({ flag: wish }, (message) => this.output.note(message), this.interruption.signal);
    const known = await listDomains(host);
    if (!byRule) return { host, domains: names.map((name) => findDomain(known, name, host)) };
    return { host, domains: known.filter((domain) => selects(selectors, domain)) };
  }

  /** Does what ends when its signal does: by an interruption, or when --timeout is over, which is an error of its own. */
  protected async within<Result>(work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    const { timeout } = this.flags as { timeout?: string };
    const limit = timeout === undefined ? [] : [AbortSignal.timeout(parseDuration('--timeout', timeout))];
    const signal = AbortSignal.any([this.interruption.signal, ...limit]);
    try {
      return await work(signal);
    } catch (error) {
      if (!signal.aborted || this.interruption.signal.aborted) throw error;
      throw new HostError(`not done after ${timeout}; how far it came is not known`, {
        exit: 'timeout',
        next: ['see: lwd ps', 'or try for longer: --timeout TIME'],
      });
    }
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
