import { UserError } from '../../errors.js';
import { chooseHostName } from '../../host/choose.js';
import { stopInstance } from '../../host/embedded/instance.js';
import { isEmbedded } from '../../host/status.js';
import { hostFlag, LwdCommand } from '../base.js';

export default class HostDown extends LwdCommand<typeof HostDown> {
  static override summary = 'end the embedded Xen host, and every domain on it';
  static override description = 'What was built of it stays: the next start takes about a second.';
  static override flags = { host: hostFlag };

  async run(): Promise<void> {
    const { name } = await chooseHostName({ flag: this.flags.host });
    if (!isEmbedded(name)) throw new UserError(`lwd did not start ${name}, and does not end it`);
    const ended = await stopInstance(name);
    this.output.result({
      toJson: () => ({ version: 1, name, ended }),
      toText: () => (ended ? `${name}: ended` : `${name}: was not running`),
    });
  }
}
