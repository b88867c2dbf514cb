import { Flags } from '@oclif/core';
import { cleanPushed, type RemovedFile } from '../../host/dom0-files.js';
import { removeImages } from '../../host/embedded/prune.js';
import type { Host } from '../../host/host.js';
import type { Report } from '../../report/output.js';
import { type Rows, rowsReport } from '../../report/rows.js';
import { bytesText } from '../../report/text.js';
import { hostsFlag } from '../base.js';
import { HostsCommand, timeoutFlag } from '../hosts-base.js';

export default class HostClean extends HostsCommand<typeof HostClean> {
  static override summary = 'remove built hosts that this lwd does not use; with --host, images that were sent there';
  static override description = `A host that runs goes on; one that is removed is built again at its next start.
With --host it is the images in those hosts' dom0 that go, if nobody has used them for an hour: they are sent again when they
are wanted, and domains do not need theirs any more once they run.`;
  static override examples = ['<%= config.bin %> host clean', '<%= config.bin %> host clean --host node1,node2'];
  static override flags = {
    all: Flags.boolean({ description: 'the one that this lwd uses too; with --host: all images' }),
    host: hostsFlag,
    timeout: timeoutFlag(),
  };

  async run(): Promise<void> {
    const all = this.flags.all === true;
    if (this.flags.host === undefined) return this.output.result(report(await this.#builtHosts(all)));
    const removed = await this.rows((host) => clean(host, all));
    this.show(report(removed), removed);
  }

  async #builtHosts(all: boolean): Promise<Rows<RemovedFile>> {
    const removed = await removeImages(all, this.interruption.signal);
    return { hosts: ['local'], rows: removed.map((row) => ({ ...row, host: 'local' })), failed: [] };
  }
}

/** Of lwd's own machine nothing goes: there images are taken from where they are. */
async function clean(host: Host, all: boolean): Promise<RemovedFile[]> {
  if (host.name === 'local') return [];
  const removed = await cleanPushed(host, all);
  for (const { path } of removed) await host.forget(path);
  return removed;
}

function report(removed: Rows<RemovedFile>): Report {
  const total = removed.rows.reduce((sum, { bytes }) => sum + bytes, 0);
  const rows = rowsReport(removed, {
    key: 'removed',
    json: ({ path, bytes }) => ({ path, bytes }),
    lines: ({ path }) => [[`removed ${path}`]],
  });
  return {
    toJson: () => ({ ...(rows.toJson() as object), bytes: total }),
    toText: () => [rows.toText(), `${bytesText(total)} freed`].filter(Boolean).join('\n'),
  };
}
