import { memoryReport } from '../../report/memory.js';
import { readMemory } from '../../xl/memory.js';
import { DomainsCommand, domainFlags, domainNames, timeoutFlag } from '../domains-base.js';

export default class MemGet extends DomainsCommand<typeof MemGet> {
  static override summary = 'show how much memory domains have, are to have, and may have';
  static override description = 'FREE is what the program in the domain had not in use when its size last changed.';
  static override examples = ['<%= config.bin %> mem get solver-1', '<%= config.bin %> mem get --all --json'];
  static override usage = 'mem get NAME... | --all | --selector KEY=VALUE [FLAGS]';
  static override args = domainNames;
  // oclif looks at a command's own properties only.
  static override strict = false;
  static override flags = { ...domainFlags, timeout: timeoutFlag('60s') };

  async run(): Promise<void> {
    const { host, domains } = await this.chosen();
    this.output.result(memoryReport(await this.within((signal) => readMemory(host, domains, signal)), host.name));
  }
}
