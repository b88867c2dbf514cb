import { Flags } from '@oclif/core';
import { HostError, LwdError } from '../errors.js';
import type { Host } from '../host/host.js';
import { withoutDoubt } from '../host/lost.js';
import { everywhere } from '../host/several.js';
import { eventReport } from '../report/domains.js';
import { watchEvents } from '../xl/observed/events.js';
import { parseSelector, selects } from '../xl/observed/selection.js';
import { domainFlags, domainNames } from './domains-base.js';
import { HostsCommand } from './hosts-base.js';

export default class Events extends HostsCommand<typeof Events> {
  static override summary = "show what happens to lwd's domains: created, paused, unpaused, ended, gone";
  static override description =
    `First those that are there, then each change, a line each (with --json: a value on a line), until it is interrupted or --timeout
is over. Of beginnings and ends the host tells at once; a pause is seen within some two seconds, and one that is over by then is
not. Names are of domains that are there, or that will be.`;
  static override examples = [
    '<%= config.bin %> events',
    '<%= config.bin %> events solver-1 --json --timeout 1h',
    '<%= config.bin %> events --selector name=job-* --host node1,node2',
  ];
  static override usage = 'events [NAME...] [FLAGS]';
  static override args = domainNames;
  // oclif looks at a command's own properties only.
  static override strict = false;
  static override flags = {
    ...domainFlags,
    timeout: Flags.string({ description: 'stop after this time (90s, 5m, 2h)', helpValue: 'TIME' }),
  };

  async run(): Promise<void> {
    const { selector } = this.flags;
    const selectors = selector === undefined ? [] : parseSelector(selector);
    const names = new Set(this.operands);
    const over = this.over();
    const hosts = await this.hosts();
    const watch = (host: Host) =>
      watchEvents(host, over, (event) => {
        const { name, id, uuid } = event.domain;
        if (names.size > 0 && ![name, String(id), uuid].some((word) => names.has(word))) return;
        if (!selects(selectors, event.domain)) return;
        this.output.oneOfMany(eventReport(event, host.name, hosts.length > 1));
      });
    await everywhere(hosts, (host) => this.#toItsEnd(host, watch, hosts.length > 1));
    const status = this.interruption.exitCode;
    if (status !== undefined) this.exitWith(status);
  }

  /** Of several hosts one that is lost is told of at once: the others may go on for days. */
  async #toItsEnd(host: Host, watch: (host: Host) => Promise<boolean>, amongOthers: boolean): Promise<void> {
    try {
      const answered = await withoutDoubt(() => watch(host), 'what happens there is not seen any more');
      if (answered || this.interruption.signal.aborted) return;
      throw new HostError(`${host.name}: did not answer within ${this.flags.timeout}`, { exit: 'timeout' });
    } catch (error) {
      if (!amongOthers || !(error instanceof LwdError)) throw error;
      this.tellFailed([{ host: host.name, error }]);
    }
  }
}
