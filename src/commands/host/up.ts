import { Flags } from '@oclif/core';
import type { ResolvedHost } from '../../config/hosts.js';
import { UserError } from '../../errors.js';
import { chooseHostNames, makeHost } from '../../host/choose.js';
import { removeImage } from '../../host/embedded/image.js';
import { findInstance } from '../../host/embedded/instance.js';
import { isEmbedded } from '../../host/embedded/name.js';
import { everywhere } from '../../host/several.js';
import { type HostStatus, statusOfHost } from '../../host/status.js';
import { hostsReport } from '../../report/host.js';
import { hostsFlag, LwdCommand } from '../base.js';

export default class HostUp extends LwdCommand<typeof HostUp> {
  static override summary = 'start embedded Xen hosts, or see that the chosen hosts answer';
  static override description =
    `The first start downloads Xen and Linux from the Debian mirror, builds the host's image and boots it once;
every later start resumes the booted state in about a second. \`lwd up\` does all this by itself.`;
  static override examples = ['<%= config.bin %> host up', '<%= config.bin %> host up --host embedded,embedded:two'];
  static override flags = {
    host: hostsFlag,
    rebuild: Flags.boolean({ description: "build the image anew, from the mirror's present packages" }),
  };

  async run(): Promise<void> {
    const { hosts, because } = await chooseHostNames({ flag: this.flags.host });
    if (this.flags.rebuild) {
      for (const host of hosts) await this.#checkRebuild(host);
      await removeImage(this.interruption.signal);
    }
    const { done, failed } = await everywhere(hosts, (host) => this.#start(host, because));
    this.output.result(hostsReport(done.map(({ value }) => value)));
    this.tellFailed(failed);
  }

  async #start(chosen: ResolvedHost, because: string): Promise<HostStatus> {
    const host = makeHost(chosen, because, (message) => this.output.note(message), this.interruption.signal);
    try {
      await host.capabilities();
    } finally {
      await host.close();
    }
    return statusOfHost(chosen, because);
  }

  async #checkRebuild({ name, address }: ResolvedHost): Promise<void> {
    if (!isEmbedded(address)) throw new UserError(`--rebuild is for the embedded host, not for ${name}`);
    if ((await findInstance(address)) === undefined) return;
    throw new UserError(`${name} is running`, { next: [`lwd host down --host ${name}`] });
  }
}
