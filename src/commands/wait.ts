import { Flags } from '@oclif/core';
import { HostError } from '../errors.js';
import type { Host } from '../host/host.js';
import { waitReport } from '../report/domains.js';
import { type Outcome, statusOf } from '../xl/facts/outcome.js';
import { parseDuration } from '../xl/facts/units.js';
import { awaitEnds, type DomainStatus, judgeEnded } from '../xl/observed/status.js';
import { DomainsCommand, domainFlags, domainNames } from './domains-base.js';
import { hostSlack } from './hosts-base.js';

export default class Wait extends DomainsCommand<typeof Wait> {
  static override summary =
    'wait until domains have ended; ends with the status of the application (the highest of several)';
  static override examples = [
    '<%= config.bin %> wait solver-1',
    '<%= config.bin %> wait a b c --timeout 1h',
    '<%= config.bin %> wait --all --host node1,node2',
  ];
  static override usage = 'wait NAME... | --all | --selector KEY=VALUE [FLAGS]';
  static override args = domainNames;
  // oclif looks at a command's own properties only.
  static override strict = false;
  static override flags = {
    ...domainFlags,
    timeout: Flags.string({ description: 'wait no longer than this (90s, 5m, 2h)', helpValue: 'TIME' }),
  };

  async run(): Promise<void> {
    const { timeout } = this.flags;
    const limit = timeout === undefined ? [] : [AbortSignal.timeout(parseDuration('--timeout', timeout))];
    const signal = AbortSignal.any([this.interruption.signal, ...limit]);
    // How a domain ended is what is asked for: a connection lost at any time means that it is unknown.
    // One that was destroyed before, and that Xen keeps, is waited for by nobody but who names it.
    const isMeant = ({ state }: DomainStatus) => state !== 'dying' || this.operands.length > 0;
    const ended = await this.onDomains((host, domains) => this.#await(host, domains.filter(isMeant), signal), {
      slack: hostSlack,
      reads: false,
      some: true,
    });
    const status = Math.max(0, ...ended.rows.map(({ outcome }) => (outcome === undefined ? 0 : statusOf(outcome))));
    this.exitWith(status);
    this.show(waitReport(ended, status), ended);
  }

  async #await(
    host: Host,
    domains: readonly DomainStatus[],
    signal: AbortSignal,
  ): Promise<{ name: string; outcome: Outcome | undefined }[]> {
    const waiting = domains.filter(({ state }) => state !== 'ended').map(({ id }) => id);
    const ends = await awaitEnds(host, waiting, signal).catch((error: unknown) => {
      if (!signal.aborted || this.interruption.signal.aborted) throw error;
      throw new HostError(`the domains on ${host.name} had not all ended after ${this.flags.timeout}`, {
        exit: 'timeout',
        next: [`they go on; see: lwd ps --host ${host.name}`],
      });
    });
    return domains.map(({ id, name, outcome, record }) => {
      const end = ends.get(id);
      return { name, outcome: end === undefined ? outcome : judgeEnded(end, record) };
    });
  }
}
