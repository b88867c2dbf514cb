import { Args, Flags } from '@oclif/core';
import { HostError } from '../errors.js';
import { chooseHost } from '../host/choose.js';
import { waitReport } from '../report/domains.js';
import { statusOf } from '../xl/outcome.js';
import { awaitEnds, findDomain, judgeEnded, listDomains } from '../xl/status.js';
import { parseDuration } from '../xl/units.js';
import { hostFlag, LwdCommand } from './base.js';

export default class Wait extends LwdCommand<typeof Wait> {
  static override summary =
    'wait until domains have ended; ends with the status of the application (the highest of several)';
  static override examples = ['<%= config.bin %> wait solver-1', '<%= config.bin %> wait a b c --timeout 1h'];
  static override strict = false;
  static override usage = 'wait NAME... [FLAGS]';
  static override args = { name: Args.string({ description: 'names, numbers or UUIDs of domains', required: true }) };
  static override flags = {
    timeout: Flags.string({ description: 'wait no longer than this (90s, 5m, 2h)', helpValue: 'TIME' }),
    host: hostFlag,
  };

  async run(): Promise<void> {
    const limit = this.flags.timeout === undefined ? undefined : parseDuration('--timeout', this.flags.timeout);
    const host = await chooseHost(
      { flag: this.flags.host },
      (message) => this.output.note(message),
      this.interruption.signal,
    );
    const known = await listDomains(host);
    const domains = this.operands.map((name) => findDomain(known, name, host));
    const signals = [this.interruption.signal, ...(limit === undefined ? [] : [AbortSignal.timeout(limit)])];
    const signal = AbortSignal.any(signals);
    const waiting = domains.filter(({ state }) => state !== 'ended').map(({ id }) => id);
    const ends = await awaitEnds(host, waiting, signal).catch((error: unknown) => {
      if (!signal.aborted || this.interruption.signal.aborted) throw error;
      throw new HostError(`the domains had not all ended after ${this.flags.timeout}`, {
        exit: 'timeout',
        next: ['they go on; see: lwd ps'],
      });
    });
    const ended = domains.map(({ id, name, outcome }) => {
      const end = ends.get(id);
      return { name, outcome: end === undefined ? outcome : judgeEnded(end) };
    });
    const status = Math.max(...ended.map(({ outcome }) => (outcome === undefined ? 0 : statusOf(outcome))));
    this.output.result(waitReport(ended, status));
    this.exitWith(status);
  }
}
