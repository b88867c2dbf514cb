import { Flags } from '@oclif/core';
import { signalReport } from '../report/domains.js';
import { parseSignal, sendSignal } from '../xl/change/signal.js';
import { parseDuration } from '../xl/facts/units.js';
import { DomainsCommand, domainFlags, domainNames } from './domains-base.js';
import { hostSlack, patienceFlag } from './hosts-base.js';

export default class Kill extends DomainsCommand<typeof Kill> {
  static override summary = 'send a signal to the programs of domains, and wait until it is taken';
  static override description =
    `A handler of the program's runs where handlers run: when it asks its kernel for something. Where there is none,
the signal ends the program, with status 128 + its number. It reaches a domain whether an lwd stays with it or not.`;
  static override examples = [
    '<%= config.bin %> kill --signal USR1 solver-1',
    '<%= config.bin %> kill --signal INT --selector name=job-*',
  ];
  static override usage = 'kill [--signal SIGNAL] NAME... | --all | --selector KEY=VALUE [FLAGS]';
  static override args = domainNames;
  // oclif looks at a command's own properties only.
  static override strict = false;
  static override flags = {
    signal: Flags.string({
      description: 'HUP, INT, TERM, USR1 or USR2',
      default: 'TERM',
      helpValue: 'SIGNAL',
    }),
    ...domainFlags,
    timeout: patienceFlag('10s'),
  };

  async run(): Promise<void> {
    const signal = parseSignal('--signal', this.flags.signal);
    const patience = parseDuration('--timeout', this.flags.timeout);
    const sent = await this.onDomains(
      (host, domains) => sendSignal(host, domains, signal, patience, this.interruption.signal),
      { slack: hostSlack },
    );
    this.show(signalReport(sent), sent);
    for (const row of sent.rows) {
      if (row.complaint === undefined) continue;
      this.output.warn(`${this.called(row, sent)} has not taken ${signal}: ${row.complaint}`);
      this.failWith(row.state === 'running' ? 'timeout' : 'toolFailed');
    }
  }
}
