import { Flags } from '@oclif/core';
import { UserError } from '../../errors.js';
import { chooseHost } from '../../host/choose.js';
import { removeImage } from '../../host/embedded/image.js';
import { hostStatus, isEmbedded } from '../../host/status.js';
import { hostReport } from '../../report/host.js';
import { hostFlag, LwdCommand } from '../base.js';

export default class HostUp extends LwdCommand<typeof HostUp> {
  static override summary = 'start the embedded Xen host, or see that the chosen host answers';
  static override description =
    `The first start downloads Xen and Linux from the Debian mirror, builds the host's image and boots it once;
every later start resumes the booted state in about a second. \`lwd up\` does all this by itself.`;
  static override flags = {
    host: hostFlag,
    rebuild: Flags.boolean({ description: "build the image anew, from the mirror's present packages" }),
  };

  async run(): Promise<void> {
    const before = await hostStatus({ flag: this.flags.host });
    if (this.flags.rebuild) {
      if (!isEmbedded(before.name)) throw new UserError(`--rebuild is for the embedded host, not for ${before.name}`);
      if (before.state === 'running') {
        throw new UserError(`${before.name} is running`, { next: [`lwd host down --host ${before.name}`] });
      }
      await removeImage();
    }
    const host = await chooseHost(
      { flag: before.name },
      (message) => this.output.note(message),
      this.interruption.signal,
    );
    try {
      await host.capabilities();
    } finally {
      await host.close();
    }
    this.output.result(hostReport({ ...(await hostStatus({ flag: before.name })), because: before.because }));
  }
}
