import { Args, Flags } from '@oclif/core';
import { findTarget } from '../run/target.js';
import { standaloneConfig, wishFor } from '../xl/wish.js';
import { LwdCommand } from './base.js';

export default class Config extends LwdCommand<typeof Config> {
  static override summary = "print the xl.cfg for the project's image: `xl create` alone runs it";
  static override examples = ['<%= config.bin %> config > solver.cfg'];
  static override passesArguments = true;
  static override usage = 'config [FILE|FOLDER] [FLAGS] [-- ARGUMENTS]';
  static override args = {
    target: Args.string({
      description: "an ELF file, or a project's folder; else the project around the current folder",
    }),
  };
  static override flags = {
    profile: Flags.string({ description: 'a profile of lwd.yaml, or debug, release, lto', helpValue: 'NAME' }),
  };

  async run(): Promise<void> {
    const { image, settings } = await findTarget({
      path: this.args.target,
      profile: this.flags.profile,
      build: false,
      output: this.output,
      signal: this.interruption.signal,
    });
    const config = standaloneConfig(wishFor(image, settings, {}, this.givenArguments()), {
      kernel: image.kernel.path,
      ramdisk: image.ramdisk?.path,
    });
    this.output.result({ toJson: () => ({ config }), toText: () => config.trimEnd() });
  }
}
