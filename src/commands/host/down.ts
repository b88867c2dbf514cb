import { UserError } from '../../errors.js';
import { chooseHostNames } from '../../host/choose.js';
import { stopInstance } from '../../host/embedded/instance.js';
import { isEmbedded } from '../../host/embedded/name.js';
import { everywhere } from '../../host/several.js';
import { hostsFlag, LwdCommand } from '../base.js';

export default class HostDown extends LwdCommand<typeof HostDown> {
  static override summary = 'end embedded Xen hosts, and every domain on them';
  static override description = 'What was built of it stays: the next start takes about a second.';
  static override flags = { host: hostsFlag };

  async run(): Promise<void> {
    const { hosts } = await chooseHostNames({ flag: this.flags.host });
    const { done, failed } = await everywhere(hosts, async ({ name, address }) => {
      if (!isEmbedded(address)) throw new UserError(`lwd did not start ${name}, and does not end it`);
      return stopInstance(address, this.interruption.signal);
    });
    const ends = done.map(({ host: { name }, value: ended }) => ({ name, ended }));
    const [only] = ends;
    this.output.result({
      toJson: () => (hosts.length === 1 ? only : { hosts: ends }),
      toText: () => ends.map(({ name, ended }) => `${name}: ${ended ? 'ended' : 'was not running'}`).join('\n'),
    });
    this.tellFailed(failed);
  }
}
