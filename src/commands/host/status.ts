import { hostStatus } from '../../host/status.js';
import { hostReport } from '../../report/host.js';
import { hostFlag, LwdCommand } from '../base.js';

export default class HostStatus extends LwdCommand<typeof HostStatus> {
  static override summary = 'show which Xen host is used, and how it is';
  static override flags = { host: hostFlag };

  async run(): Promise<void> {
    this.output.result(hostReport(await hostStatus({ flag: this.flags.host })));
  }
}
