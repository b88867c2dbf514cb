import { ensureDom0Program } from '../../toolchain/dom0-program.js';
import { LwdCommand } from '../base.js';

export default class HostVolumeServer extends LwdCommand<typeof HostVolumeServer> {
  static override summary = "print the path of lwd's server of host directories, built if need be";
  static override description =
    `A static program for dom0 that makes volumes of folders there, for domains that lwd does not create:
xl create -p, then volume-server DOMAIN-ID /data FOLDER (or ro:/data), then xl unpause.`;

  async run(): Promise<void> {
    const server = await ensureDom0Program('volume-server', this.interruption.signal);
    this.output.result({ toJson: () => server, toText: () => server.path });
  }
}
