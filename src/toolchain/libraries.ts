/**
 * Ports that a project links with (`build.libraries`): each built once into the cache, under the digest of its recipe and of
 * the sysroot that it is compiled against, and used from there.
 */
import { dirname, join } from 'node:path';
import { loadRecipe, type Recipe } from '../config/recipe.js';
import { exists, list, remove, status } from '../sys/fs.js';
import { withLock } from '../sys/lock.js';
import { buildArchive } from './archive.js';
import { builtPortPath } from './configure.js';
import { type Sysroot, type SysrootOptions, toolchainLock } from './sysroot.js';
import { applicationFlags } from './target.js';

export interface BuiltLibrary {
  name: string;
  /** Absolute paths: a folder for #include, and the archive. */
  include: string;
  archive: string;
  /** For the image's manifest. */
  source: { name: string; version: string; sha256: string };
}

/** Forms of one library that are kept when another is made. */
const keptForms = 8;

/** The libraries in the order of their names in the project, each built if need be (some seconds). */
export async function ensureLibraries(
  names: readonly string[],
  sysroot: Sysroot,
  options: SysrootOptions,
): Promise<BuiltLibrary[]> {
  const built: BuiltLibrary[] = [];
  for (const name of names) built.push(await ensureLibrary(name, sysroot, options));
  return built;
}

async function ensureLibrary(name: string, sysroot: Sysroot, options: SysrootOptions): Promise<BuiltLibrary> {
  const recipe = await loadRecipe(name);
  if (recipe?.archive === undefined) throw new Error(`port ${name} is no library`);
  const folder = await builtPortPath(name, options.tools, options.lto, [sysroot.key]);
  if (!exists(folder)) {
    const build = async () => void (exists(folder) || (await buildLibrary(recipe, folder, sysroot, options)));
    await withLock(toolchainLock(), build, options.signal);
  }
  const { version, source, archive } = recipe;
  return {
    name,
    include: join(folder, 'include'),
    archive: join(folder, 'lib', archive.name),
    source: { name, version, sha256: source[0]?.sha256 ?? '' },
  };
}

async function buildLibrary(recipe: Recipe, folder: string, sysroot: Sysroot, options: SysrootOptions): Promise<void> {
  const flags = [...(recipe.archive?.flags ?? []), ...applicationFlags];
  const library = { ...recipe, archive: recipe.archive && { ...recipe.archive, flags } };
  await buildArchive(library, folder, { ...options, systemIncludes: [join(sysroot.folder, 'include')] });
  await removeOldForms(folder);
}

async function removeOldForms(current: string): Promise<void> {
  const folder = dirname(current);
  const aged = [];
  for (const name of await list(folder)) {
    const path = join(folder, name);
    if (path !== current) aged.push({ path, modified: (await status(path))?.modified ?? 0 });
  }
  aged.sort((a, b) => b.modified - a.modified);
  for (const { path } of aged.slice(keptForms)) await remove(path);
}
