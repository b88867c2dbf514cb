import { memoryReport } from '../../report/memory.js';
import { readMemory } from '../../xl/change/memory.js';
import { DomainsCommand, domainFlags, domainNames } from '../domains-base.js';
import { timeoutFlag } from '../hosts-base.js';

export default class MemGet extends DomainsCommand<typeof MemGet> {
  static override summary = 'show how much memory domains have, are to have, and may have';
  static override description = 'FREE is what the program in the domain had not in use when its size last changed.';
  static override examples = ['<%= config.bin %> mem get solver-1', '<%= config.bin %> mem get --all --json'];
  static override usage = 'mem get NAME... | --all | --selector KEY=VALUE [FLAGS]';
  static override args = domainNames;
  // oclif looks at a command's own properties only.
  static override strict = false;
  static override flags = { ...domainFlags, timeout: timeoutFlag() };

  async run(): Promise<void> {
    const read = await this.onDomains(readMemory, { reads: true });
    this.show(memoryReport(read), read);
  }
}
