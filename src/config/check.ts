/**
 * What a schema cannot say: relations between settings, and whether the sources and files that are named exist. Turns
 * settings into the Project, with every default filled in.
 */
import { checkBuild } from './check-build.js';
import { checkDomainSettings, checkDomains } from './check-domains.js';
import type { Project } from './model.js';
import { findPackedFiles } from './packed-files.js';
import type { Settings } from './schema.js';

export interface Checking {
  /** False where the schema has found something wrong already: such values must not be touched. */
  isClean(path: readonly PropertyKey[]): boolean;
  report(path: readonly PropertyKey[], message: string): void;
}

/** The Project; of no use if something was reported. */
export async function checkSettings(settings: Settings, root: string, check: Checking): Promise<Project> {
  const common = await checkDomainSettings(settings, root, [], check);
  return {
    root,
    name: settings?.name,
    build: await checkBuild(settings, root, check),
    files: await findPackedFiles(settings?.files, root, check),
    ...common,
    domains: await checkDomains(settings, common, root, check),
    posix: settings?.posix ?? 'lax',
    host: settings?.host,
  };
}
