import { chooseHostNames } from '../../host/choose.js';
import { everywhere } from '../../host/several.js';
import { statusOfHost } from '../../host/status.js';
import { hostsReport } from '../../report/host.js';
import { hostsFlag, LwdCommand } from '../base.js';

export default class HostStatus extends LwdCommand<typeof HostStatus> {
  static override summary = 'show which Xen host is used, and how it is';
  static override flags = { host: hostsFlag };

  async run(): Promise<void> {
    const { hosts, because } = await chooseHostNames({ flag: this.flags.host });
    const { done, failed } = await everywhere(hosts, (host) => statusOfHost(host, because));
    this.output.result(hostsReport(done.map(({ value }) => value)));
    this.tellFailed(failed);
  }
}
