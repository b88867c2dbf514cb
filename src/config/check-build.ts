/** The `build:` of lwd.yaml: sources that exist, or the one build system that does it instead. */
import { basename, extname, join, relative, resolve } from 'node:path';
import { realPath, status } from '../sys/fs.js';
import type { Checking } from './check.js';
import { expandPattern, isPattern } from './glob.js';
import { type BuildSystem, buildSystems, type ExternalBuild, type Project } from './model.js';
import { libraryPorts } from './recipe.js';
import type { Settings } from './schema.js';

/** Extensions of files that are compiled, and of those that one day will be. */
const sourceExtensions = ['.c', '.S', '.s'];
const laterLanguages: Record<string, string> = {
  '.cc': 'C++',
  '.cpp': 'C++',
  '.cxx': 'C++',
  '.C': 'C++',
  '.f': 'Fortran',
  '.f90': 'Fortran',
  '.F90': 'Fortran',
  '.rs': 'Rust',
};

/** What each build system begins with. */
const startingFiles: Record<BuildSystem, readonly string[]> = {
  configure: ['configure'],
  cmake: ['CMakeLists.txt'],
  meson: ['meson.build'],
  make: ['GNUmakefile', 'makefile', 'Makefile'],
};
const forBuildSystems = ['arguments', 'targets', 'program'] as const;
const forSources = ['include', 'libraries'] as const;

/** The part of the Project; of no use if something was reported. */
export async function checkBuild(settings: Settings, root: string, check: Checking): Promise<Project['build']> {
  const build = settings?.build;
  const external = await findExternal(settings, root, check);
  return {
    sources: await findSources(build?.sources, root, check),
    external,
    include: await findFolders(build?.include, root, check),
    flags: check.isClean(['build', 'flags']) ? (build?.flags ?? []) : [],
    libraries: await findLibraries(build?.libraries, check),
    profile: build?.profile ?? 'release',
  };
}

async function findExternal(settings: Settings, root: string, check: Checking): Promise<ExternalBuild | undefined> {
  if (!check.isClean(['build'])) return undefined;
  const { build, name } = settings;
  const named = (['sources', ...buildSystems] as const).filter((key) => build[key] !== undefined);
  if (named.length !== 1) {
    const wrong = named.length === 0 ? 'says not what to build' : `has ${named.join(' and ')}`;
    check.report(['build'], `${wrong}: one of sources, configure, cmake, meson and make must be there`);
    return undefined;
  }
  const [system] = named;
  for (const key of system === 'sources' ? forBuildSystems : forSources) {
    if (build[key] === undefined) continue;
    const why = system === 'sources' ? 'is for configure, cmake, meson and make' : 'is for sources';
    check.report(['build', key], `${why}, and build has ${system}`);
  }
  if (system === undefined || system === 'sources') return undefined;
  const folder = resolve(root, build[system] ?? '.');
  await checkStart(system, folder, build[system] ?? '.', check);
  return {
    system,
    folder,
    arguments: build.arguments ?? [],
    targets: build.targets ?? [],
    program: build.program ?? name,
  };
}

async function checkStart(system: BuildSystem, folder: string, written: string, check: Checking): Promise<void> {
  const files = startingFiles[system];
  for (const file of files) {
    const path = join(folder, file);
    if ((await status((await realPath(path)) ?? path))?.kind === 'file') return;
  }
  const make = system === 'configure' ? ' (autoreconf -i makes it from configure.ac)' : '';
  check.report(['build', system], `there is no ${files.at(-1)} in the folder ${written}${make}`);
}

async function findSources(patterns: string[] | undefined, root: string, check: Checking): Promise<string[]> {
  const found = new Set<string>();
  if (!check.isClean(['build', 'sources'])) return [];
  for (const [index, pattern] of (patterns ?? []).entries()) {
    const path = ['build', 'sources', index];
    const files = await expandPattern(root, pattern);
    if (files.length === 0) {
      check.report(
        path,
        isPattern(pattern) ? `${JSON.stringify(pattern)} matches no file` : `there is no file ${pattern}`,
      );
    }
    for (const file of files) {
      const wrong = whyNotSource(relative(root, file));
      if (wrong === undefined) found.add(file);
      else check.report(path, wrong);
    }
  }
  return [...found].sort();
}

function whyNotSource(file: string): string | undefined {
  // ninja does not find such names again in a compiler's list of headers, and would compile the file every time.
  if (/[:;&|'"*?^<>`\\\p{Cc}]/u.test(file)) {
    return `${JSON.stringify(file)}: none of : ; & | ' " * ? ^ < > \` \\ may be in a source's path`;
  }
  const extension = extname(file);
  if (sourceExtensions.includes(extension)) return undefined;
  const language = laterLanguages[extension];
  if (language !== undefined) return `${basename(file)}: ${whyNotYet(language)}`;
  return `${basename(file)} is no source: C (.c) and assembler (.S) are known`;
}

function whyNotYet(language: string): string {
  const known = 'sources are C (.c) and assembler (.S)';
  if (language !== 'C++') return `${language} is not yet supported; ${known}`;
  return `there is no C++ library for domains yet; ${known}. C++ without it (no std::, exceptions or RTTI) can be built by make, cmake or meson`;
}

async function findFolders(folders: string[] | undefined, root: string, check: Checking): Promise<string[]> {
  const found: string[] = [];
  if (!check.isClean(['build', 'include'])) return [];
  for (const [index, folder] of (folders ?? []).entries()) {
    const path = resolve(root, folder);
    const kind = (await status((await realPath(path)) ?? path))?.kind;
    if (kind !== 'directory') check.report(['build', 'include', index], `there is no folder ${folder}`);
    found.push(path);
  }
  return found;
}

/** Libraries are ports; what is in the sysroot anyway need not be named. */
async function findLibraries(libraries: string[] | undefined, check: Checking): Promise<string[]> {
  if (!check.isClean(['build', 'libraries'])) return [];
  const known = (await libraryPorts()).map(({ name }) => name);
  for (const [index, library] of (libraries ?? []).entries()) {
    const path = ['build', 'libraries', index];
    if (['c', 'm', 'pthread', 'libc', 'libm'].includes(library)) {
      check.report(path, `"${library}" need not be named: the C library is always linked`);
    } else if (!known.includes(library)) {
      check.report(path, `there is no library "${library}"; known: ${known.join(', ')}`);
    }
  }
  return [...new Set(libraries)];
}
