/**
 * What a schema cannot say: relations between settings, and whether the sources and files that are named exist. Turns
 * settings into the Project, with every default filled in.
 */
import { checkBuild } from './check-build.js';
import { checkDomainSettings, checkDomains } from './check-domains.js';
import { buildProfiles, type ExternalBuild, type Project } from './model.js';
import { findPackedFiles } from './packed-files.js';
import type { Settings } from './schema.js';

/** Files of `.lwd/build`, beside the image. */
const ownFiles = [
  'build.ninja',
  'compile_commands.json',
  'manifest.json',
  'root.cpio',
  'root.cpio.state.json',
  'stamp.json',
];

export interface Checking {
  /** False where the schema has found something wrong already: such values must not be touched. */
  isClean(path: readonly PropertyKey[]): boolean;
  report(path: readonly PropertyKey[], message: string): void;
}

/** The Project; of no use if something was reported. */
export async function checkSettings(settings: Settings, root: string, check: Checking): Promise<Project> {
  const common = await checkDomainSettings(settings, root, [], check);
  const build = await checkBuild(settings, root, check);
  checkName(settings?.name, build.external, check);
  return {
    root,
    name: settings?.name,
    build,
    files: await findPackedFiles(settings?.files, root, check),
    ...common,
    domains: await checkDomains(settings, common, root, check),
    posix: settings?.posix ?? 'lax',
    host: settings?.host,
  };
}

/** The image has the project's name and lies beside the folder of what it is made from. */
function checkName(name: string | undefined, external: ExternalBuild | undefined, check: Checking): void {
  const folders: readonly string[] = external === undefined ? buildProfiles : [external.system];
  const taken = [...folders, ...ownFiles];
  if (name === undefined || !check.isClean(['name']) || !taken.includes(name)) return;
  check.report(['name'], `"${name}" is taken by lwd itself in .lwd/build; so are: ${taken.join(', ')}`);
}
