import { exitCode } from '../exit-codes.js';
import { stateReport } from '../report/domains.js';
import { changeState } from '../xl/pause.js';
import { DomainsCommand, domainFlags, domainNames } from './domains-base.js';

export default class Unpause extends DomainsCommand<typeof Unpause> {
  static override summary = 'let domains go on that were paused';
  static override examples = ['<%= config.bin %> unpause solver-1', '<%= config.bin %> unpause --all --json'];
  static override usage = 'unpause NAME... | --all [FLAGS]';
  static override args = domainNames;
  // oclif looks at a command's own properties only.
  static override strict = false;
  static override flags = domainFlags;

  async run(): Promise<void> {
    const { host, domains } = await this.chosen();
    const changed = await changeState(host, domains, 'unpause');
    this.output.result(stateReport(changed));
    for (const { name, state, complaint } of changed) {
      if (complaint === undefined) continue;
      this.output.warn(`${name} is ${state}, not running: ${complaint}`);
      this.exitWith(exitCode('toolFailed'));
    }
  }
}
