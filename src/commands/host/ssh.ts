import { hostFlag } from '../base.js';
import { HostCommand } from '../host-base.js';

export default class HostSsh extends HostCommand<typeof HostSsh> {
  static override summary = "open a shell in the host's dom0, or run a program there";
  static override usage = 'host ssh [--host HOST] [-- PROGRAM [ARGUMENTS]]';
  static override examples = ['<%= config.bin %> host ssh', '<%= config.bin %> host ssh -- xl list'];
  static override passesArguments = true;
  static override flags = { host: hostFlag };

  async run(): Promise<void> {
    const host = await this.host();
    try {
      this.exitWith(await host.interact(this.givenArguments() ?? []));
    } finally {
      await host.close();
    }
  }
}
