import { UserError } from '../../errors.js';
import { exitCode } from '../../exit-codes.js';
import { cpuReport } from '../../report/cpu.js';
import { setCpus } from '../../xl/cpu.js';
import { parseDuration } from '../../xl/units.js';
import { DomainsCommand, domainFlags, domainNames, timeoutFlag } from '../domains-base.js';

export default class CpuSet extends DomainsCommand<typeof CpuSet> {
  static override summary = 'switch vCPUs of domains on and off, and wait until they are';
  static override examples = ['<%= config.bin %> cpu set solver-1 1'];
  static override usage = 'cpu set NAME... N | --all N | --selector KEY=VALUE N [FLAGS]';
  static override args = domainNames;
  // oclif looks at a command's own properties only.
  static override strict = false;
  static override flags = { ...domainFlags, timeout: timeoutFlag('10s') };

  async run(): Promise<void> {
    const count = this.operands.at(-1) ?? '';
    if (!/^[1-9]\d{0,2}$/.test(count)) {
      throw new UserError(`"${count}" is no number of vCPUs`, { exit: 'usage', next: ['lwd cpu set NAME... N'] });
    }
    const patience = parseDuration('--timeout', this.flags.timeout);
    const { host, domains } = await this.chosen(this.operands.slice(0, -1));
    const wanted = Number(count);
    const now = await setCpus(host, domains, wanted, patience, this.interruption.signal);
    this.output.result(cpuReport(now, host.name));
    for (const { name, online } of now) {
      if (online === wanted) continue;
      this.output.warn(online === undefined ? `${name} has ended` : `${name} has ${online} vCPUs on, not ${wanted}`);
      this.exitWith(exitCode('timeout'));
    }
  }
}
