/**
 * How a project with a build system of its own is built, computed without touching the disk: what prepares the build folder,
 * what brings the program up to date, and in which environment. external.ts carries it out.
 */
import { join, relative } from 'node:path';
import type { BuildProfile, BuildSystem, ExternalBuild, Project } from '../config/model.js';
import { shellLine } from '../sys/shell-word.js';
import { crossEnvironment } from './environment.js';
import { type BuildOutputs, buildFolder } from './plan.js';
import type { Sysroot } from './sysroot.js';
import { profileFlags, triple } from './target.js';

export interface ExternalPlan {
  system: BuildSystem;
  /** Where the build system works, absolute: `.lwd/build/<system>`. */
  folder: string;
  /** Programs that it takes. */
  programs: string[];
  /** Run once in `folder`, when that is new; undefined if there is nothing to prepare. */
  prepare: [string, ...string[]] | undefined;
  /** Run each time in `folder`; "ninja" stands for lwd's way of running that. */
  build: [string, ...string[]];
  targets: string[];
  /** Beside PATH, which is the cross environment's folder and then the caller's own. */
  variables: Record<string, string>;
  /** To go ahead of PATH. */
  path: string;
  /** The folder to keep a copy of in `folder`, since make builds where its sources are; else undefined. */
  copyFrom: string | undefined;
  /** The program that is left, absolute. */
  program: string;
  /** Changes when `folder` has to be made anew. */
  key: string;
  /** Flags of C compilations that lwd adds. */
  flags: string[];
}

const programs: Record<BuildSystem, string[]> = {
  configure: ['make'],
  make: ['make'],
  cmake: ['cmake', 'ninja'],
  meson: ['meson', 'ninja'],
};

/** How CMake and Meson call lwd's profiles. What they name sets the optimisation, after CFLAGS. */
const buildTypes: Record<BuildProfile, { cmake: string; meson: string }> = {
  debug: { cmake: 'Debug', meson: 'debug' },
  release: { cmake: 'RelWithDebInfo', meson: 'debugoptimized' },
  lto: { cmake: 'RelWithDebInfo', meson: 'debugoptimized' },
};

export function planExternal(project: Project, external: ExternalBuild, sysroot: Sysroot, jobs: number): ExternalPlan {
  const { system } = external;
  const folder = join(buildFolder(project.root), system);
  const cross = crossEnvironment(sysroot);
  const flags = [...profileFlags[project.build.profile], ...project.build.flags];
  const words = shellLine(flags);
  const variables = {
    ...cross.variables,
    CFLAGS: words,
    CXXFLAGS: words,
    CPPFLAGS: '',
    LDFLAGS: '',
    LIBS: '',
    MAKEFLAGS: '',
    // What is compiled must not tell where, when or in which language it was.
    LWD_FILE_PREFIX: project.root,
    LWD_EMIT_RELOCATIONS: '1',
    SOURCE_DATE_EPOCH: '0',
    LC_ALL: 'C',
  };
  const prepare = preparation(project, external, folder, cross.cmakeToolchainFile, cross.mesonCrossFile);
  return {
    system,
    folder,
    programs: programs[system],
    prepare,
    build: buildCommand(external, jobs),
    targets: external.targets,
    variables,
    path: cross.path,
    copyFrom: system === 'make' ? external.folder : undefined,
    program: join(folder, external.program),
    key: JSON.stringify([folder, sysroot.key, prepare, words, external]),
    flags,
  };
}

/** The program as the project's image: the same files as of a build by lwd itself, but for the map. */
export function externalOutputs(project: Project, plan: ExternalPlan): BuildOutputs {
  const { name, root } = project;
  return { folder: buildFolder(root), flags: plan.flags, image: name, symbols: `${name}.debug`, map: undefined };
}

function preparation(
  project: Project,
  external: ExternalBuild,
  folder: string,
  cmakeToolchain: string,
  mesonCross: string,
): ExternalPlan['prepare'] {
  // By a relative path, where the build system keeps it so: the path then does not get into what is built.
  const source = relative(folder, external.folder);
  const types = buildTypes[project.build.profile];
  switch (external.system) {
    case 'configure':
      return [join(source, 'configure'), `--host=${triple}`, ...external.arguments];
    case 'cmake':
      return [
        'cmake',
        '-G',
        'Ninja',
        `-DCMAKE_TOOLCHAIN_FILE=${cmakeToolchain}`,
        `-DCMAKE_BUILD_TYPE=${types.cmake}`,
        '-DCMAKE_EXPORT_COMPILE_COMMANDS=ON',
        ...external.arguments,
        external.folder,
      ];
    case 'meson':
      return [
        'meson',
        'setup',
        '--cross-file',
        mesonCross,
        `--buildtype=${types.meson}`,
        ...external.arguments,
        '.',
        external.folder,
      ];
    case 'make':
      return undefined;
  }
}

function buildCommand(external: ExternalBuild, jobs: number): [string, ...string[]] {
  const { system, targets } = external;
  if (system === 'cmake' || system === 'meson') return ['ninja', `-j${jobs}`, ...targets];
  // A plain makefile says itself which compiler it takes, and is overruled; a configured one knows.
  const tools = ['CC=clang', 'CXX=clang++', 'AR=ar', 'RANLIB=ranlib', 'NM=nm', 'STRIP=strip'];
  const overruled = tools.map((word) => word.replace('=', `=${triple}-`));
  const own = system === 'make' ? [...overruled, ...external.arguments] : [];
  return ['make', `-j${jobs}`, ...own, ...targets];
}
