/** Puts the files of src/batch/slurm-files.ts in place: all that can be known of them is decided before the first is written. */
import { join } from 'node:path';
import { changeOf, type FileChange, type InstalledFile, marked } from '../batch/own-file.js';
import { missingLines, type SlurmSetting, slurmFiles, type WantedLine } from '../batch/slurm-files.js';
import { exec } from '../sys/exec.js';
import { readText, setMode, writeAtomic } from '../sys/fs.js';
import { packageRoot } from '../sys/package-root.js';

/** How this very lwd is called again, by absolute paths. */
export function ownCommand(): string[] {
  return [process.execPath, join(packageRoot(), 'bin/run.js')];
}

export async function installFiles(
  setting: SlurmSetting,
  { force, dryRun }: { force: boolean; dryRun: boolean },
): Promise<InstalledFile[]> {
  const planned = await Promise.all(
    slurmFiles(setting).map(async ({ name, mode, text, ownedBySite: once = false }) => {
      const path = join(setting.prefix, name);
      const wanted = once ? text : marked(text);
      const found = await readText(path);
      const change = changeOf(found, wanted, { force, once });
      return { path, mode, wanted, change, difference: await differenceOf(path, wanted, change) };
    }),
  );
  for (const { path, mode, wanted, change } of planned) {
    if (dryRun || change === 'keep') continue;
    if (change === 'same') await setMode(path, mode);
    else await writeAtomic(path, wanted, mode);
  }
  return planned.map(({ path, change, difference }) => ({ path, change, difference }));
}

async function differenceOf(path: string, wanted: string, change: FileChange): Promise<string | undefined> {
  if (change === 'new' || change === 'same') return undefined;
  const command = ['diff', '-u', '--label', path, '--label', `${path} (lwd's)`, path, '-'] as const;
  return (await exec([...command], { timeout: 10_000, input: wanted })).stdout.trimEnd();
}

/** All of them if there is no such file. */
export async function missingFrom(
  file: string,
  wanted: readonly WantedLine[],
): Promise<ReturnType<typeof missingLines>> {
  return missingLines((await readText(file)) ?? '', wanted);
}
