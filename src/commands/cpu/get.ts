import { cpuReport } from '../../report/cpu.js';
import { readCpus } from '../../xl/change/cpu.js';
import { DomainsCommand, domainFlags, domainNames } from '../domains-base.js';
import { timeoutFlag } from '../hosts-base.js';

export default class CpuGet extends DomainsCommand<typeof CpuGet> {
  static override summary = 'show how many vCPUs domains have switched on, and how many there are';
  static override examples = ['<%= config.bin %> cpu get solver-1', '<%= config.bin %> cpu get --all --json'];
  static override usage = 'cpu get NAME... | --all | --selector KEY=VALUE [FLAGS]';
  static override args = domainNames;
  // oclif looks at a command's own properties only.
  static override strict = false;
  static override flags = { ...domainFlags, timeout: timeoutFlag() };

  async run(): Promise<void> {
    const read = await this.onDomains(readCpus, { reads: true, places: true });
    this.show(cpuReport(read), read);
  }
}
