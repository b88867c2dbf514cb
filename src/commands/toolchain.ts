import { availableParallelism } from 'node:os';
import { Flags } from '@oclif/core';
import { wantsColour } from '../report/output.js';
import { runStages } from '../report/tasks.js';
import { toolchainReport } from '../report/toolchain.js';
import { toolchainStatus } from '../toolchain/inventory.js';
import { ensureSysroot } from '../toolchain/sysroot.js';
import { findTools } from '../toolchain/tools.js';
import { LwdCommand } from './base.js';

export default class Toolchain extends LwdCommand<typeof Toolchain> {
  static override summary = 'show what is compiled and linked with, and where it is';
  static override description =
    'Lists programs, sysroot and sources with their versions. Changes nothing unless --build is given.';
  static override examples = ['<%= config.bin %> toolchain', '<%= config.bin %> toolchain --build --json'];
  static override flags = {
    build: Flags.boolean({ description: 'make the sysroot if there is none yet' }),
    lto: Flags.boolean({ description: 'with --build: also the sysroot for the build profile lto' }),
  };

  async run(): Promise<void> {
    if (this.flags.build) {
      const forms = this.flags.lto ? [false, true] : [false];
      const stages = forms.map((lto) => ({
        title: lto ? 'sysroot for lto' : 'sysroot',
        run: async (_: unknown, report: (status: string) => void) => {
          const sysroot = await ensureSysroot({
            tools: await findTools(),
            jobs: availableParallelism(),
            colour: wantsColour(process.stderr),
            lto,
            signal: this.interruption.signal,
            report,
          });
          return sysroot.key;
        },
      }));
      await runStages(stages, undefined, this.output);
    }
    this.output.result(toolchainReport(await toolchainStatus()));
  }
}
