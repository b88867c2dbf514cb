import { UserError } from '../../errors.js';
import { cpuReport } from '../../report/cpu.js';
import { setCpus } from '../../xl/change/cpu.js';
import { parseDuration } from '../../xl/facts/units.js';
import { DomainsCommand, domainFlags, domainNames } from '../domains-base.js';
import { hostSlack, patienceFlag } from '../hosts-base.js';

export default class CpuSet extends DomainsCommand<typeof CpuSet> {
  static override summary = 'switch vCPUs of domains on and off, and wait until they are';
  static override examples = ['<%= config.bin %> cpu set solver-1 1'];
  static override usage = 'cpu set NAME... N | --all N | --selector KEY=VALUE N [FLAGS]';
  static override args = domainNames;
  // oclif looks at a command's own properties only.
  static override strict = false;
  static override flags = { ...domainFlags, timeout: patienceFlag('10s') };

  async run(): Promise<void> {
    const count = this.operands.at(-1) ?? '';
    if (!/^[1-9]\d{0,2}$/.test(count)) {
      const next = ['lwd cpu set NAME... N: how many are to be on, 1 or more'];
      if (count === '') throw new UserError('say how many: lwd cpu set NAME 2', { exit: 'usage' });
      throw new UserError(`"${count}" is no number of vCPUs`, { exit: 'usage', next });
    }
    const patience = parseDuration('--timeout', this.flags.timeout);
    const wanted = Number(count);
    const now = await this.onDomains(
      (host, domains) => setCpus(host, domains, wanted, patience, this.interruption.signal),
      { names: this.operands.slice(0, -1), places: true, slack: hostSlack, look: 'cpu get --all' },
    );
    this.show(cpuReport(now), now);
    for (const row of now.rows) {
      const { online } = row;
      if (online === wanted) continue;
      const name = this.called(row, now);
      this.output.warn(online === undefined ? `${name} has ended` : `${name} has ${online} vCPUs on, not ${wanted}`);
      this.failWith(online === undefined ? 'noSuchDomain' : 'timeout');
    }
  }
}
