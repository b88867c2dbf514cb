import { chooseHost } from '../host/choose.js';
import { listReport } from '../report/domains.js';
import { listDomains } from '../xl/status.js';
import { hostFlag, LwdCommand } from './base.js';

export default class Ps extends LwdCommand<typeof Ps> {
  static override summary =
    "list lwd's domains on the host: those that run, and those that ended and wait for `lwd down`";
  static override examples = ['<%= config.bin %> ps', '<%= config.bin %> ps --json'];
  static override flags = { host: hostFlag };

  async run(): Promise<void> {
    const host = await chooseHost(
      { flag: this.flags.host },
      (message) => this.output.note(message),
      this.interruption.signal,
    );
    this.output.result(listReport(await listDomains(host), host.name));
  }
}
