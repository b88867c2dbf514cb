/** What the commands share that work on one host. */
import type { Command } from '@oclif/core';
import { chooseHost } from '../host/choose.js';
import type { Host } from '../host/host.js';
import { LwdCommand } from './base.js';

export abstract class HostCommand<T extends typeof Command> extends LwdCommand<T> {
  /** The one that the command line names, else `known`, else the standard one. */
  protected host(known?: string): Promise<Host> {
    const { host: flag = known } = this.flags as { host?: string };
    return chooseHost({ flag }, (message) => this.output.note(message), this.interruption.signal);
  }
}
