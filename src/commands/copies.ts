import { join } from 'node:path';
import { Flags } from '@oclif/core';
import { UserError } from '../errors.js';
import type { Host } from '../host/host.js';
import { copiesReport } from '../report/copies.js';
import { type Placed, type Rows, rowsOf } from '../report/rows.js';
import { list, makeDirectory } from '../sys/fs.js';
import { fetchCopy, removeCopies } from '../xl/copies/copies.js';
import { type LeftCopies, listCopies } from '../xl/copies/left-copies.js';
import { hostsFlag } from './base.js';
import { HostsCommand, timeoutFlag } from './hosts-base.js';

export default class Copies extends HostsCommand<typeof Copies> {
  static override summary = 'what domains write to volumes and disks on another host, and has not come back';
  static override description =
    `A domain on another host works on copies there, which \`lwd up\` brings back at its end. What an lwd could not bring
back, because it was killed or lost the host, stays until it is fetched or dropped.`;
  static override examples = [
    '<%= config.bin %> copies',
    '<%= config.bin %> copies --fetch 6c776400-… --into ./rescued',
    '<%= config.bin %> copies --drop 6c776400-…',
  ];
  static override flags = {
    fetch: Flags.string({
      description: 'bring these here, and remove them there',
      helpValue: 'UUID',
      dependsOn: ['into'],
    }),
    into: Flags.string({ description: 'a new or empty folder for them', helpValue: 'FOLDER', dependsOn: ['fetch'] }),
    drop: Flags.string({ description: 'remove these for good', helpValue: 'UUID', exclusive: ['fetch'] }),
    host: hostsFlag,
    timeout: timeoutFlag(),
  };

  async run(): Promise<void> {
    const { fetch, into, drop } = this.flags;
    const hosts = await this.hosts();
    const known = rowsOf(hosts, await this.on(hosts, listCopies, { reads: true }));
    const wanted = fetch ?? drop;
    if (wanted === undefined) {
      this.show(copiesReport(known), known);
      return;
    }
    const chosen = this.#find(known, wanted);
    const there = hosts.filter(({ name }) => name === chosen.host);
    await this.on(
      there,
      async (host) => {
        if (fetch !== undefined) await this.#fetch(host, chosen, into ?? '');
        await removeCopies(host, chosen.uuid);
      },
      { look: 'copies' },
    );
    this.output.result(copiesReport({ hosts: [chosen.host], rows: [chosen], failed: [] }));
  }

  #find({ hosts, rows, failed }: Rows<LeftCopies>, wanted: string): LeftCopies & Placed {
    const found = rows.find(({ uuid }) => uuid === wanted);
    if (found === undefined) {
      this.tellFailed(failed);
      throw new UserError(`${hosts.join(', ')}: no copies of a domain ${JSON.stringify(wanted)}`, {
        exit: 'noSuchDomain',
        next: ['which there are: lwd copies'],
      });
    }
    if (found.state !== 'gone' && found.state !== 'ended') {
      throw new UserError(`${found.domain} is still at work on them (${found.state})`, {
        exit: 'usage',
        next: [`wait for its end: lwd wait ${found.domain}`, `or end it: lwd stop ${found.domain}`],
      });
    }
    return found;
  }

  /** Each copy in a folder that is named for what the domain had it as. */
  async #fetch(host: Host, { copies }: LeftCopies, into: string): Promise<void> {
    if ((await list(into)).length > 0) {
      throw new UserError(`${into} is not empty`, { exit: 'usage', next: ['name a new folder'] });
    }
    for (const { copy, target } of copies) {
      const folder = join(into, target.replace(/^\//, '').replaceAll('/', '-'));
      await makeDirectory(folder);
      await fetchCopy(host, copy, folder);
    }
  }
}
