/** Result of `lwd slurm install`. */
import type { FileChange, InstalledFile } from '../batch/own-file.js';
import type { missingLines } from '../batch/slurm-files.js';
import type { Report } from './output.js';

const words: Record<FileChange, [done: string, planned: string]> = {
  new: ['written', 'would be written'],
  same: ['there already', 'there already'],
  update: ['updated', 'would be updated'],
  replace: ['overwritten', 'would be overwritten'],
  keep: ["not lwd's, kept", "not lwd's, would be kept"],
};

export function installReport(
  files: readonly InstalledFile[],
  lines: ReturnType<typeof missingLines>,
  prefix: string,
  { dryRun, plugin }: { dryRun: boolean; plugin: string | undefined },
): Report {
  return {
    toJson: () => ({
      files: files.map((file) => ({ ...file, difference: file.difference ?? null })),
      missing: lines.map(({ line, why, instead }) => ({ line, why, instead: instead ?? null })),
      dryRun,
      ...(plugin === undefined ? {} : { build: plugin }),
    }),
    toText: () =>
      [
        ...files.flatMap(({ path, change, difference }) => [
          `${path}: ${words[change][dryRun ? 1 : 0]}`,
          ...(difference === undefined ? [] : [difference]),
        ]),
        ...(lines.length === 0
          ? [`${prefix}/slurm.conf has all that is needed`]
          : ['', `to be added to ${prefix}/slurm.conf:`, ...lines.map(lineText)]),
        ...(plugin === undefined
          ? []
          : [
              '',
              "to be run on a node, and again after each new version of Slurm (its headers: Debian's libslurm-dev):",
              `  ${plugin}`,
              `to be added to ${prefix}/plugstack.conf:`,
              `  include ${prefix}/lwd/plugstack.conf`,
            ]),
      ].join('\n'),
  };
}

function lineText({ line, why, instead }: ReturnType<typeof missingLines>[number]): string {
  const there = instead === undefined ? '' : `there is ${instead}`;
  const comment = [why, there].filter((part) => part !== '').join('; ');
  return `  ${line}${comment === '' ? '' : `    # ${comment}`}`;
}
