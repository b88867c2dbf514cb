import { Flags } from '@oclif/core';
import { loadProject } from '../config/load.js';
import { buildReport } from '../report/build.js';
import { wantsColour } from '../report/output.js';
import { runStages } from '../report/tasks.js';
import { writeConfigFile } from '../run/config-file.js';
import { buildProject } from '../toolchain/build.js';
import { builtImage } from '../xl/spec/image.js';
import { LwdCommand } from './base.js';

export default class Build extends LwdCommand<typeof Build> {
  static override summary = "compile and link the project's image";
  static override description =
    `Compiles the project's sources and links them with lwd's kernel and the C library into one image below .lwd/build/.
What is up to date is left alone; the same sources give the same image, byte for byte.`;
  static override examples = ['<%= config.bin %> build', '<%= config.bin %> build --profile debug'];
  static override flags = {
    profile: Flags.string({ description: 'a profile of lwd.yaml, or debug, release, lto', helpValue: 'NAME' }),
    jobs: Flags.integer({
      description: 'compilations at a time (default: one a CPU)',
      min: 1,
      max: 1024,
      helpValue: 'N',
    }),
    'posix-report': Flags.boolean({
      description: 'list the calls that the program can reach and a domain refuses or fakes, and who reaches them',
    }),
  };

  async run(): Promise<void> {
    const project = await loadProject({ profile: this.flags.profile });
    const result = await buildProject(project, {
      jobs: this.flags.jobs,
      posixReport: this.flags['posix-report'] ?? false,
      colour: wantsColour(process.stderr),
      signal: this.interruption.signal,
      drive: (stages, context) => runStages(stages, context, this.output),
      tell: (diagnostics) => process.stderr.write(`${diagnostics.trimEnd()}\n`),
    });
    await writeConfigFile(result.folder, project, await builtImage(result.folder, result.manifest));
    this.output.result(buildReport(result));
  }
}
