import { resolve } from 'node:path';
import { Flags } from '@oclif/core';
import { slurmConfLines } from '../../batch/slurm-files.js';
import { pluginBuild } from '../../batch/slurm-plugin.js';
import { UserError } from '../../errors.js';
import { installReport } from '../../report/slurm.js';
import { installFiles, missingFrom, ownCommand } from '../../run/slurm-install.js';
import { LwdCommand } from '../base.js';

export default class SlurmInstall extends LwdCommand<typeof SlurmInstall> {
  static override summary =
    'write what Slurm needs on a node: prolog, epilog, health check, gres.conf, oci.conf, a job';
  static override description =
    `Says which lines slurm.conf has to have besides, and changes nothing there. Doing it again changes only what is of
an older lwd: a file that somebody has changed, or that is not lwd's, is shown as a difference and kept.`;
  static override examples = [
    '<%= config.bin %> slurm install --dry-run',
    '<%= config.bin %> slurm install --nodes "xen[0-63]" --domains 32',
  ];
  static override flags = {
    prefix: Flags.string({ description: "slurm.conf's folder", default: '/etc/slurm', helpValue: 'DIR' }),
    nodes: Flags.string({ description: "the nodes of gres.conf's line (else all that read it)", helpValue: 'LIST' }),
    domains: Flags.integer({
      description: 'domains that a node may have at once',
      default: 64,
      min: 1,
      helpValue: 'N',
    }),
    spank: Flags.boolean({ description: 'also the source of a plugin for srun --lwd-image=PATH, to be compiled' }),
    force: Flags.boolean({ description: "overwrite files that were changed, or are not lwd's" }),
    'dry-run': Flags.boolean({ description: 'show what would be done, change nothing' }),
  };

  async run(): Promise<void> {
    const { nodes, domains, spank, force, 'dry-run': dryRun } = this.flags;
    const prefix = resolve(this.flags.prefix);
    for (const text of [prefix, nodes ?? '']) {
      if (/^[\w./[\],+-]*$/.test(text)) continue;
      throw new UserError(`${JSON.stringify(text)} cannot stand in Slurm's files`, {
        exit: 'usage',
        next: ['use letters, digits and . / _ + - , [ ]'],
      });
    }
    const setting = { prefix, nodes, domains, lwd: ownCommand(), spank };
    if (spank) checkWords(setting.lwd);
    const files = await installFiles(setting, { force, dryRun });
    const lines = await missingFrom(`${prefix}/slurm.conf`, slurmConfLines(setting));
    this.output.result(
      installReport(files, lines, prefix, { dryRun, plugin: spank ? pluginBuild(prefix) : undefined }),
    );
    const kept = files.filter(({ change }) => change === 'keep').map(({ path }) => path);
    if (kept.length === 0) return;
    this.output.warn(`kept, since somebody changed them: ${kept.join(', ')}\n  next: overwrite them with --force`);
    this.failWith('configuration');
  }
}

/** plugstack.conf has words between blanks. */
function checkWords(lwd: readonly string[]): void {
  const wrong = lwd.find((word) => /[\s"'#\\]/.test(word));
  if (wrong === undefined) return;
  throw new UserError(`--spank: ${JSON.stringify(wrong)} cannot stand in plugstack.conf`, {
    next: ['install lwd where no blank or quote is in its path'],
  });
}
