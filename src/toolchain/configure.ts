/**
 * Builds a port that comes with a GNU configure script, for the target, into a folder of the cache named by the digest
 * of all that goes in. The result is independent of where it was built: paths in it are mapped below /lwd.
 */
import { basename, join } from 'node:path';
import { type Recipe, recipeDigest } from '../config/recipe.js';
import { sha256 } from '../sys/digest.js';
import { exec, orThrow } from '../sys/exec.js';
import { copyFile, makeDirectory, readText, remove, rename, status, temporaryName, writeAtomic } from '../sys/fs.js';
import { cacheDirectory, makeTemporaryDirectory } from '../sys/places.js';
import { LoggedSteps } from './logged-steps.js';
import { obtain, unpack, type Work } from './sources.js';
import { cFlags, llvmRelease, targetFlags, triple } from './target.js';
import { requirePrograms, type Tools } from './tools.js';

export interface PortBuildOptions extends Work {
  jobs: number;
  /** As bitcode, for link-time optimisation of the whole image. */
  lto: boolean;
}

/**
 * Folder of the built port in the cache (include/ and lib/), whether it is there yet or not. Its name changes with any
 * input; `others` are the built ports that this one is compiled against.
 */
export async function builtPortPath(name: string, tools: Tools, lto: boolean, others: string[] = []): Promise<string> {
  const common = ['3', await recipeDigest(name), tools.clang.version, lto ? 'lto' : '', ...targetFlags, ...cFlags];
  const inputs = [...common, ...others.map((other) => basename(other))];
  return join(cacheDirectory(), 'ports', name, sha256(inputs.join('\n')).slice(0, 16));
}

/** Builds the port to `path` (from builtPortPath). Takes half a minute or more; the caller holds the toolchain's lock. */
export async function buildPort(recipe: Recipe, path: string, options: PortBuildOptions): Promise<void> {
  const { configure } = recipe;
  if (configure === undefined) throw new Error(`port ${recipe.name} has nothing to build`);
  requirePrograms(['make', 'tar', `llvm-ar-${llvmRelease}`, `llvm-ranlib-${llvmRelease}`]);
  const archive = await obtain(recipe.source, options);
  // Makefiles do not bear blanks in paths, and the cache may have some.
  const work = /^[A-Za-z0-9._/+-]+$/.test(path) ? temporaryName(path) : await makeTemporaryDirectory('lwd-port');
  try {
    await makeDirectory(join(path, '..'));
    await unpack(archive, join(work, 'source'), options);
    await changeSource(recipe, work);
    await makeDirectory(join(work, 'build'));
    const run = new LoggedSteps({
      ...options,
      title: `${recipe.name} ${recipe.version}`,
      folder: join(work, 'build'),
      log: `${path}.log`,
      // What the caller's own build has in its environment must not leak into the target's.
      env: { LC_ALL: 'C', CONFIG_SITE: '', MAKEFLAGS: '', CPPFLAGS: '', LDFLAGS: '', SOURCE_DATE_EPOCH: '0' },
      timeout: 1_800_000,
    });
    const script = `../source/${configure.directory}/configure`;
    await run.step('configuring', [script, ...configureArguments(configure, work, options.lto)]);
    await run.step('compiling', ['make', `-j${options.jobs}`]);
    await run.step('installing', ['make', `DESTDIR=${join(work, 'image')}`, 'install']);
    await moveIntoPlace(join(work, 'image', 'lwd', triple), path);
  } finally {
    await remove(work);
  }
}

/** Through a copy, since a temporary folder may be on another file system. */
async function moveIntoPlace(built: string, path: string): Promise<void> {
  const beside = temporaryName(path);
  orThrow(await exec(['cp', '-a', '--', built, beside], { timeout: 300_000 }), `copying to ${path}`);
  await remove(path);
  await rename(beside, path);
}

/** Puts the recipe's own files and lines into the source, which lies in `work`/source. */
export async function changeSource(recipe: Recipe, work: string): Promise<void> {
  await makeDirectory(join(work, 'port'));
  for (const { file, to } of recipe.add) {
    const target = join(work, to);
    await makeDirectory(join(target, '..'));
    await copyFile(join(recipe.folder, file), target);
  }
  for (const { file, line, keep, insert } of recipe.edit) {
    const path = join(work, 'source', file);
    const lines = ((await readText(path)) ?? '').split('\n');
    const at = lines.indexOf(line);
    if (at < 0 || lines.lastIndexOf(line) !== at) {
      throw new Error(`port ${recipe.name}: ${file} does not have exactly one line "${line}"`);
    }
    lines.splice(keep ? at + 1 : at, keep ? 0 : 1, insert.trimEnd());
    await writeAtomic(path, lines.join('\n'), (await status(path))?.mode);
  }
}

function configureArguments(configure: NonNullable<Recipe['configure']>, work: string, lto: boolean): string[] {
  const machine = targetFlags.filter((flag) => !flag.startsWith('--target='));
  const common = [
    '-O2',
    '-g1',
    ...machine,
    ...cFlags,
    '-fdebug-compilation-dir=/lwd/port/build',
    `-ffile-prefix-map=${work}=/lwd/port`,
    '-Wno-unused-command-line-argument',
  ];
  const target = targetFlags.find((flag) => flag.startsWith('--target='));
  return [
    `--host=${triple}`,
    '--prefix=/lwd',
    ...configure.arguments,
    `CC=clang-${llvmRelease} ${target}`,
    // Else configure looks for the machine's own preprocessor, which need not be there, and for headers of this machine.
    `CPP=clang-${llvmRelease} ${target} -E -nostdlibinc -ffreestanding`,
    `AR=llvm-ar-${llvmRelease}`,
    `RANLIB=llvm-ranlib-${llvmRelease}`,
    `CFLAGS=${[...common, ...(lto ? ['-flto'] : []), ...configure.cflags].join(' ')}`,
    `CCASFLAGS=${common.join(' ')}`,
  ];
}
