/**
 * Builds a port that is a list of C files into one archive for the target, with the headers that the kernel needs of it.
 * The kernel library is compiled against those headers; the sysroot takes the archive, not the headers.
 */
import { join } from 'node:path';
import type { Recipe } from '../config/recipe.js';
import { ToolError } from '../errors.js';
import { exec, orThrow } from '../sys/exec.js';
import { makeDirectory, remove, rename, temporaryName, writeAtomic } from '../sys/fs.js';
import { removeLeftBehind, temporaryNames } from '../sys/left-behind.js';
import { changeSource, type PortBuildOptions } from './configure.js';
import { ninjaText, runNinja } from './ninja.js';
import { compileStep } from './plan.js';
import { obtain, unpack } from './sources.js';
import { cFlags, targetFlags } from './target.js';
import type { Tools } from './tools.js';

export interface ArchiveOptions extends PortBuildOptions {
  tools: Tools;
  colour: boolean;
  /** Folders of system headers. */
  systemIncludes: readonly string[];
}

/** Builds the port to `path` (from builtPortPath): include/ and lib/NAME.a. The caller holds the toolchain's lock. */
export async function buildArchive(recipe: Recipe, path: string, options: ArchiveOptions): Promise<void> {
  const { archive } = recipe;
  if (archive === undefined) throw new Error(`port ${recipe.name} is no archive of C files`);
  const source = await obtain(recipe.source, options);
  await makeDirectory(join(path, '..'));
  await removeLeftBehind(join(path, '..'), temporaryNames);
  const work = temporaryName(path);
  try {
    await unpack(source, join(work, 'source'), options);
    await changeSource(recipe, work);
    await compile(recipe, archive, work, options);
    const image = join(work, 'image');
    await makeDirectory(join(image, 'lib'));
    await makeDirectory(join(image, 'include'));
    await rename(join(work, 'build', archive.name), join(image, 'lib', archive.name));
    for (const header of archive.headers) {
      const from = join(work, 'source', archive.include[0] ?? '', header);
      orThrow(await exec(['cp', '-a', '--', from, join(image, 'include')], { timeout: 60_000 }), `copying ${header}`);
    }
    await remove(path);
    await rename(image, path);
  } finally {
    await remove(work);
  }
}

async function compile(
  recipe: Recipe,
  archive: NonNullable<Recipe['archive']>,
  work: string,
  options: ArchiveOptions,
): Promise<void> {
  const { tools } = options;
  const flags = [
    ...targetFlags,
    ...cFlags,
    ...archive.flags,
    ...(options.lto ? ['-flto'] : []),
    // Names of folders must not get into what is built.
    `-ffile-prefix-map=${join(work, 'source')}=/lwd/ports/${recipe.name}`,
    '-ffile-prefix-map=source=/lwd/ports',
    '-fdebug-compilation-dir=/lwd/ports',
    ...archive.include.map((folder) => `-I${join('source', folder)}`),
    ...options.systemIncludes.flatMap((folder) => ['-isystem', folder]),
    ...options.systemIncludes.map((folder) => `-ffile-prefix-map=${folder}=/lwd/include`),
  ];
  const steps = archive.sources.map((file) =>
    compileStep(tools.clang.path, join('source', file), join('build', `${file}.o`), flags),
  );
  const objects = steps.flatMap((step) => step.outputs);
  const output = join('build', archive.name);
  steps.push({
    outputs: [output],
    inputs: objects,
    command: [tools.ar.path, 'rcsD', output, `@${output}.objects`],
    response: { path: `${output}.objects`, words: objects },
    description: archive.name,
  });
  await makeDirectory(join(work, 'build'));
  const file = join(work, 'build', 'build.ninja');
  await writeAtomic(file, ninjaText(steps, 'build'));
  const outcome = await runNinja({
    file,
    cwd: work,
    program: tools.ninja.path,
    jobs: options.jobs,
    colour: options.colour,
    signal: options.signal,
    report: (status) => options.report(`${recipe.name} ${recipe.version}: ${status}`),
  });
  if (outcome.ok) return;
  throw new ToolError(
    `compiling ${recipe.name} ${recipe.version} failed`,
    { command: [tools.ninja.path, '-f', file], stderrTail: outcome.diagnostics },
    { exit: 'buildFailed' },
  );
}
