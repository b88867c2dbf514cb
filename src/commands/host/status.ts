import { Flags } from '@oclif/core';
import { hostStatus } from '../../host/status.js';
import { hostReport } from '../../report/host.js';
import { LwdCommand } from '../base.js';

export const hostFlag = Flags.string({
  description: 'local, embedded, embedded-icount or ssh://user@node[:port]; else LWD_HOST, else what is here',
  helpValue: 'HOST',
});

export default class HostStatus extends LwdCommand<typeof HostStatus> {
  static override summary = 'show which Xen host is used, and how it is';
  static override flags = { host: hostFlag };

  async run(): Promise<void> {
    this.output.result(hostReport(await hostStatus({ flag: this.flags.host })));
  }
}
