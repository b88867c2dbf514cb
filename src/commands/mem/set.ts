import { UserError } from '../../errors.js';
import { memoryReport } from '../../report/memory.js';
import { setMemory } from '../../xl/change/memory.js';
import { parseDuration, parseSize } from '../../xl/facts/units.js';
import { DomainsCommand, domainFlags, domainNames } from '../domains-base.js';
import { hostSlack, patienceFlag } from '../hosts-base.js';

const failures = { gone: 'noSuchDomain', moving: 'timeout', overruled: 'toolFailed', reached: 'internal' } as const;

export default class MemSet extends DomainsCommand<typeof MemSet> {
  static override summary = 'have domains give memory back or take more, and wait until they have';
  static override description =
    `What a program has in use stays with it. Where that is more than SIZE, or the host has too little, the domain comes as
far as it can, goes on trying, and lwd says how far it came when --timeout is over.`;
  static override examples = [
    '<%= config.bin %> mem set solver-1 128M',
    '<%= config.bin %> mem set --selector name=job-* 32M --timeout 1m',
  ];
  static override usage = 'mem set NAME... SIZE | --all SIZE | --selector KEY=VALUE SIZE [FLAGS]';
  static override args = domainNames;
  // oclif looks at a command's own properties only.
  static override strict = false;
  static override flags = { ...domainFlags, timeout: patienceFlag('10s') };

  async run(): Promise<void> {
    const size = this.operands.at(-1);
    if (size === undefined) throw new UserError('say how much: lwd mem set NAME 128M', { exit: 'usage' });
    const wanted = parseSize('SIZE', size) / 2 ** 20;
    const patience = parseDuration('--timeout', this.flags.timeout);
    const changed = await this.onDomains(
      (host, domains) => setMemory(host, domains, wanted, patience, this.interruption.signal),
      { names: this.operands.slice(0, -1), slack: hostSlack, look: 'mem get --all' },
    );
    this.show(memoryReport(changed), changed);
    for (const row of changed.rows) {
      if (row.complaint === undefined) continue;
      const name = this.called(row, changed);
      const far = `${name} has ${row.current} MiB of the ${wanted} that it is to have: ${row.complaint}`;
      this.output.warn(row.phase === 'gone' ? `${name}: ${row.complaint}` : far);
      this.failWith(failures[row.phase]);
    }
  }
}
