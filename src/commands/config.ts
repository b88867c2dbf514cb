import { Args, Flags } from '@oclif/core';
import type { Report } from '../report/output.js';
import { membersOf } from '../run/members.js';
import { findTarget } from '../run/target.js';
import { standaloneConfig } from '../xl/spec/wish.js';
import { LwdCommand } from './base.js';

export default class Config extends LwdCommand<typeof Config> {
  static override summary =
    "print the xl.cfg for the project's image, one for each of its domains: `xl create` alone runs it";
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
    const target = await findTarget({
      path: this.args.target,
      profile: this.flags.profile,
      build: false,
      output: this.output,
      signal: this.interruption.signal,
    });
    const files = { kernel: target.image.kernel.path, ramdisk: target.image.ramdisk?.path };
    const { group, wishes } = membersOf(target, {}, this.givenArguments());
    const configs = wishes.map((wish) => ({ name: wish.name, config: standaloneConfig(wish, files) }));
    this.output.result(group === undefined ? configReport(configs[0]?.config ?? '') : configsReport(configs));
  }
}

function configReport(config: string): Report {
  return { toJson: () => ({ config }), toText: () => config.trimEnd() };
}

function configsReport(domains: { name: string; config: string }[]): Report {
  return {
    toJson: () => ({ domains }),
    toText: () =>
      domains
        .map(({ name, config }) => `# The xl.cfg of ${name}:\n${config}`)
        .join('\n')
        .trimEnd(),
  };
}
