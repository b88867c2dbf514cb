import { exitCode } from '../exit-codes.js';
import { stateReport } from '../report/domains.js';
import { changeState } from '../xl/pause.js';
import { DomainsCommand, domainFlags, domainNames } from './domains-base.js';

export default class Pause extends DomainsCommand<typeof Pause> {
  static override summary = "stop domains' vCPUs where they are, until `lwd unpause`";
  static override examples = ['<%= config.bin %> pause solver-1', '<%= config.bin %> pause --all --json'];
  static override usage = 'pause NAME... | --all [FLAGS]';
  static override args = domainNames;
  // oclif looks at a command's own properties only.
  static override strict = false;
  static override flags = domainFlags;

  async run(): Promise<void> {
    const { host, domains } = await this.chosen();
    const changed = await changeState(host, domains, 'pause');
    this.output.result(stateReport(changed));
    for (const { name, state, complaint } of changed) {
      if (complaint === undefined) continue;
      this.output.warn(`${name} is ${state}, not paused: ${complaint}`);
      this.exitWith(exitCode('toolFailed'));
    }
  }
}
