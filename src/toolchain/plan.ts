/**
 * Project and sysroot → BuildPlan: everything that a build will do, computed without touching the disk. Paths in it are
 * relative to the project's folder, so that a project that has moved builds the same image, byte for byte.
 */
import { isAbsolute, join, relative } from 'node:path';
import type { Project } from '../config/model.js';
import type { BuiltLibrary } from './libraries.js';
import { type NinjaStep, ninjaText } from './ninja.js';
import type { Sysroot } from './sysroot.js';
import { applicationFlags, cFlags, linkFlags, linkLibraries, profileFlags, targetFlags } from './target.js';
import type { Tools } from './tools.js';

/** What a build leaves. */
export interface BuildOutputs {
  /** Where the build goes: `.lwd/build` of the project, absolute. */
  folder: string;
  /** Flags of every C compilation, without those that name places of this machine. */
  flags: string[];
  /** Relative to `folder`. */
  image: string;
  symbols: string;
  /** undefined if it was not lwd that linked. */
  map: string | undefined;
}

export interface BuildPlan extends BuildOutputs {
  /** Text of `build.ninja`; ninja runs in the project's folder. */
  ninja: string;
  /** Text of `compile_commands.json`, for editors. */
  compileCommands: string;
}

/** Names all objects in the ninja file: what there is to compile. */
export const objectsGroup = 'lwd-objects';

/** `.lwd/build` below the project's folder: the one place where a build writes. */
export function buildFolder(root: string): string {
  return join(root, '.lwd', 'build');
}

export function planBuild(
  project: Project,
  sysroot: Sysroot,
  tools: Tools,
  libraries: readonly BuiltLibrary[],
): BuildPlan {
  const folder = relative(project.root, buildFolder(project.root));
  const flags = [
    ...targetFlags,
    ...cFlags,
    ...applicationFlags,
    ...profileFlags[project.build.profile],
    ...project.build.flags,
  ];
  const places = placeFlags(project, sysroot, libraries);
  const compiled = project.build.sources.map((source) => {
    const shown = insideRoot(project.root, source);
    const object = join(folder, project.build.profile, `${objectName(shown)}.o`);
    return { source: shown, step: compileStep(tools.clang.path, shown, object, [...flags, ...places]) };
  });
  const image = project.name;
  const symbols = `${project.name}.debug`;
  const map = `${project.name}.map`;
  const steps = compiled.map(({ step }) => step);
  const objects = steps.flatMap((step) => step.outputs);
  const archives = libraries.map(({ archive }) => archive);
  const traced = project.build.traced === true;
  steps.push(linkStep(sysroot, tools, { objects, archives, traced }, join(folder, symbols), join(folder, map)));
  steps.push({
    outputs: [join(folder, image)],
    inputs: [join(folder, symbols)],
    command: [tools.strip.path, '--strip-all', '--strip-sections', '-o', join(folder, image), join(folder, symbols)],
    description: image,
  });
  const commands = compiled.map(({ source, step }) => ({
    directory: project.root,
    file: source,
    arguments: step.command,
  }));
  return {
    folder: buildFolder(project.root),
    ninja: ninjaText(steps, folder, { [objectsGroup]: objects }),
    compileCommands: `${JSON.stringify(commands, undefined, 1)}\n`,
    flags,
    image,
    symbols,
    map,
  };
}

/** Flags that name folders; the mappings keep those names out of what is built. */
function placeFlags(project: Project, sysroot: Sysroot, libraries: readonly BuiltLibrary[]): string[] {
  return [
    ...project.build.include.map((folder) => `-I${insideRoot(project.root, folder) || '.'}`),
    ...libraries.flatMap(({ include }) => ['-isystem', include]),
    ...libraries.map(({ name, include }) => `-ffile-prefix-map=${include}=/lwd/ports/${name}`),
    '-isystem',
    join(sysroot.folder, 'include'),
    `-ffile-prefix-map=${sysroot.folder}=/lwd/sysroot`,
    `-ffile-prefix-map=${project.root}=.`,
    '-fdebug-compilation-dir=.',
  ];
}

function linkStep(
  sysroot: Sysroot,
  tools: Tools,
  { objects, archives, traced }: { objects: string[]; archives: string[]; traced: boolean },
  symbols: string,
  map: string,
): NinjaStep {
  const list = `${symbols}.objects`;
  return {
    outputs: [symbols, map],
    inputs: objects,
    implicit: [join(sysroot.folder, 'lib', 'image.lds'), ...archives],
    command: [
      tools.lld.path,
      '--color-diagnostics=always',
      '--fatal-warnings',
      // For the report of calls that a domain cannot do (shortfall.ts); stripped from the image.
      '--emit-relocs',
      ...linkFlags,
      ...(traced ? ['--undefined=lwd_trace_start'] : []),
      '-T',
      join(sysroot.folder, 'lib', 'image.lds'),
      '-Map',
      map,
      '-o',
      symbols,
      `@${list}`,
      ...archives,
      `-L${join(sysroot.folder, 'lib')}`,
      ...linkLibraries,
    ],
    response: { path: list, words: objects },
    description: symbols,
  };
}

/** One source file to one object file. Diagnostics carry colours, which ninja takes out where they are not wanted. */
export function compileStep(clang: string, source: string, object: string, flags: readonly string[]): NinjaStep {
  // Flags for C are of no use to the assembler, and it says so.
  const quiet = /\.[sS]$/.test(source) ? ['-Wno-unused-command-line-argument'] : [];
  const depfile = `${object}.d`;
  const output = ['-MD', '-MF', depfile, '-c', source, '-o', object];
  return {
    outputs: [object],
    inputs: [source],
    command: [clang, ...flags, ...quiet, '-fcolor-diagnostics', ...output],
    description: source,
    depfile,
  };
}

/** As the user would write it: relative within the project, absolute elsewhere. */
function insideRoot(root: string, path: string): string {
  const near = relative(root, path);
  return near.startsWith('..') || isAbsolute(near) ? path : near;
}

/** A place for the object of a source that may lie outside of the project. */
function objectName(source: string): string {
  return isAbsolute(source) ? join('outside', source) : source;
}
