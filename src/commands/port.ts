import { relative } from 'node:path';
import { Args, Flags } from '@oclif/core';
import { portListReport, portProjectReport } from '../report/port.js';
import { runStages } from '../report/tasks.js';
import { type PortProject, programPorts, writePortProject } from '../toolchain/port-project.js';
import { LwdCommand } from './base.js';

export default class Port extends LwdCommand<typeof Port> {
  static override summary = "write another's program as a project, or list those that are known";
  static override description =
    `Gets the program's source from the Debian mirror of this machine, checks its digest, and writes it with an lwd.yaml
to a folder, where lwd build and lwd up do the rest. Without a name: the list.`;
  static override examples = ['<%= config.bin %> port', '<%= config.bin %> port lua'];
  static override args = {
    name: Args.string({ description: 'which' }),
    folder: Args.string({ description: "where to (default: the port's name); made if need be" }),
  };
  static override flags = {
    force: Flags.boolean({ description: 'write into a folder that is not empty; its source/ is made anew' }),
  };

  async run(): Promise<void> {
    const { name, folder = name } = this.args;
    if (name === undefined || folder === undefined) return this.output.result(portListReport(await programPorts()));
    const context: { project?: PortProject } = {};
    const write = async (_: unknown, report: (status: string) => void) => {
      const options = { name, folder, force: this.flags.force === true, signal: this.interruption.signal, report };
      context.project = await writePortProject(options);
      return context.project.version;
    };
    await runStages([{ title: name, run: write }], context, this.output);
    if (context.project) this.output.result(portProjectReport(context.project, relative(process.cwd(), folder)));
  }
}
