import { stateReport } from '../report/domains.js';
import { changeState } from '../xl/change/pause.js';
import { DomainsCommand, domainFlags, domainNames } from './domains-base.js';
import { timeoutFlag } from './hosts-base.js';

export default class Unpause extends DomainsCommand<typeof Unpause> {
  static override summary = 'let domains go on that were paused';
  static override examples = ['<%= config.bin %> unpause solver-1', '<%= config.bin %> unpause --all --json'];
  static override usage = 'unpause NAME... | --all | --selector KEY=VALUE [FLAGS]';
  static override args = domainNames;
  // oclif looks at a command's own properties only.
  static override strict = false;
  static override flags = { ...domainFlags, timeout: timeoutFlag() };

  async run(): Promise<void> {
    const changed = await this.onDomains((host, domains) => changeState(host, domains, 'unpause'));
    this.show(stateReport(changed), changed);
    for (const row of changed.rows) {
      if (row.complaint === undefined) continue;
      this.output.warn(`${this.called(row, changed)} is ${row.state}, not running: ${row.complaint}`);
      this.failWith('toolFailed');
    }
  }
}
