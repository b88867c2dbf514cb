import { Flags } from '@oclif/core';
import { findProjectRoot } from '../config/project-root.js';
import { UserError } from '../errors.js';
import { cleanReport } from '../report/clean.js';
import { type CachePart, cleanCache, cleanProject, type Removed } from '../toolchain/inventory.js';
import { LwdCommand } from './base.js';

export default class Clean extends LwdCommand<typeof Clean> {
  static override summary = 'remove what can be made again';
  static override description =
    `Without a flag: what builds have left in the project (.lwd/build). With flags: parts of the cache, which all projects share.
Hosts, domains and their logs are not touched.`;
  static override examples = ['<%= config.bin %> clean', '<%= config.bin %> clean --all'];
  static override flags = {
    toolchain: Flags.boolean({ description: 'sysroots and built ports; made again in under a minute' }),
    sources: Flags.boolean({ description: 'downloaded sources' }),
    all: Flags.boolean({ description: 'the project, if we are in one, toolchain and sources' }),
  };

  async run(): Promise<void> {
    const { toolchain, sources, all } = this.flags;
    const parts: CachePart[] = [];
    if (toolchain || all) parts.push('toolchain');
    if (sources || all) parts.push('sources');
    const removed: Removed[] = [];
    if (parts.length === 0 || all) removed.push(...(await this.#cleanProject(all === true)));
    if (parts.length > 0) removed.push(...(await cleanCache(parts, this.interruption.signal)));
    this.output.result(cleanReport(removed));
  }

  async #cleanProject(optional: boolean): Promise<Removed[]> {
    try {
      return await cleanProject(findProjectRoot(process.cwd()), this.interruption.signal);
    } catch (error) {
      if (optional && error instanceof UserError) return [];
      throw error;
    }
  }
}
