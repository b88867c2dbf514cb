import { relative } from 'node:path';
import { Args, Flags } from '@oclif/core';
import { writeTemplate } from '../toolchain/template.js';
import { LwdCommand } from './base.js';

export default class Init extends LwdCommand<typeof Init> {
  static override summary = 'write a new project';
  static override description = 'Writes lwd.yaml, sources and a README that says what to type next.';
  static override examples = ['<%= config.bin %> init hello', '<%= config.bin %> init solver --template cg'];
  static override args = { folder: Args.string({ description: 'where to; made if need be', default: '.' }) };
  static override flags = {
    template: Flags.string({
      description: 'what to start from; the README lists them',
      default: 'hello',
      helpValue: 'NAME',
    }),
    name: Flags.string({ description: "the project's name (default: the folder's)", helpValue: 'NAME' }),
    force: Flags.boolean({ description: 'write into a folder that is not empty, over files of the same names' }),
  };

  async run(): Promise<void> {
    const { template, name, force } = this.flags;
    const project = await writeTemplate({ folder: this.args.folder, template, name, force: force === true });
    this.output.result({
      toJson: () => project,
      toText: () => {
        const folder = relative(process.cwd(), project.folder);
        const steps = [...(folder === '' ? [] : [`cd ${folder}`]), 'lwd build', 'lwd up'];
        return `${project.name}: wrote ${project.files.join(', ')}\nnext:\n${steps.map((step) => `  ${step}`).join('\n')}`;
      },
    });
  }
}
