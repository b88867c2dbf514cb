import { stateReport } from '../report/domains.js';
import { changeState } from '../xl/change/pause.js';
import { DomainsCommand, domainFlags, domainNames } from './domains-base.js';
import { timeoutFlag } from './hosts-base.js';

export default class Pause extends DomainsCommand<typeof Pause> {
  static override summary = "stop domains' vCPUs where they are, until `lwd unpause`";
  static override examples = ['<%= config.bin %> pause solver-1', '<%= config.bin %> pause --all --json'];
  static override usage = 'pause NAME... | --all | --selector KEY=VALUE [FLAGS]';
  static override args = domainNames;
  // oclif looks at a command's own properties only.
  static override strict = false;
  static override flags = { ...domainFlags, timeout: timeoutFlag() };

  async run(): Promise<void> {
    const changed = await this.onDomains((host, domains) => changeState(host, domains, 'pause'));
    this.show(stateReport(changed), changed);
    for (const row of changed.rows) {
      if (row.complaint === undefined) continue;
      this.output.warn(`${this.called(row, changed)} is ${row.state}, not paused: ${row.complaint}`);
      this.failWith('toolFailed');
    }
  }
}
