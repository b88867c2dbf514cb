import { Flags } from '@oclif/core';
import { removeImages } from '../../host/embedded/prune.js';
import { bytesText } from '../../report/text.js';
import { LwdCommand } from '../base.js';

export default class HostClean extends LwdCommand<typeof HostClean> {
  static override summary = 'remove built hosts that this lwd does not use';
  static override description = 'A host that runs goes on; one that is removed is built again at its next start.';
  static override flags = {
    all: Flags.boolean({ description: 'the one that this lwd uses too' }),
  };

  async run(): Promise<void> {
    const removed = await removeImages(this.flags.all === true, this.interruption.signal);
    const total = removed.reduce((sum, { bytes }) => sum + bytes, 0);
    this.output.result({
      toJson: () => ({ version: 1, removed, bytes: total }),
      toText: () => [...removed.map(({ path }) => `removed ${path}`), `${bytesText(total)} freed`].join('\n'),
    });
  }
}
