/**
 * Second stage: the sysroot, a cross environment for the target: headers, newlib, lwd's kernel library, the linker
 * script, cross compiler commands. It lies in the cache under the digest of all that it is made from, is never changed
 * after that, and is made anew when anything of it changes.
 */
import { join } from 'node:path';
import { loadRecipe } from '../config/recipe.js';
import { wallSeconds } from '../sys/clock.js';
import { sha256 } from '../sys/digest.js';
import { exec, orThrow } from '../sys/exec.js';
import {
  copyFile,
  exists,
  list,
  listTree,
  makeDirectory,
  readJson,
  remove,
  rename,
  status,
  temporaryName,
  writeAtomic,
} from '../sys/fs.js';
import { withLock } from '../sys/lock.js';
import { packageRoot, packageVersion } from '../sys/package-root.js';
import { cacheDirectory } from '../sys/places.js';
import { buildArchive } from './archive.js';
import { type BaseFiles, copyBuiltins, findBaseFiles, keepXenHeaders } from './base.js';
import { buildPort, builtPortPath } from './configure.js';
import { crossDigest, writeCrossFiles } from './cross-files.js';
import { readDeclarations } from './declarations.js';
import { buildKernelObjects, type KernelSources, readKernelSources } from './kernel-library.js';
import { separateNames } from './namespace.js';
import { privatePrefix } from './namespace-plan.js';
import type { Work } from './sources.js';
import { cFlags, kernelFlags, seldomKernelFlags, seldomKernelSources, targetFlags } from './target.js';
import type { Tools } from './tools.js';

export interface Sysroot {
  folder: string;
  key: string;
  record: SysrootRecord;
}

/** What the sysroot was made from; lies in it as lwd.json. */
export interface SysrootRecord {
  version: 1;
  compiler: string;
  lto: boolean;
  kernelFlags: string[];
  sources: { name: string; version: string; sha256: string }[];
  /** Members of the compiler's run-time library that are not safe in a domain and are left out. */
  builtinsLeftOut: string[];
}

export interface SysrootOptions extends Work {
  tools: Tools;
  jobs: number;
  colour: boolean;
  /** The form for link-time optimisation of the whole image. */
  lto: boolean;
}

/** What a sysroot depends on. */
interface Inputs {
  base: BaseFiles;
  kernel: KernelSources;
  newlib: string;
  lwip: string;
  key: string;
}

/** Sysroots kept when a new one is made, whatever their age. */
const keptSysroots = 8;
const keptSeconds = 24 * 3600;

/** Of newlib's headers: those of which clang has its own, and those that are for what this target has not. */
const unfitHeaders = ['stdatomic.h', 'spawn.h', 'termios.h', 'utmp.h', 'regdef.h', 'sys/custom_file.h'];

export function toolchainLock(): string {
  return join(cacheDirectory(), 'locks', 'toolchain');
}

function sysrootsFolder(): string {
  return join(cacheDirectory(), 'sysroots');
}

/** The sysroot that a build would use now, or undefined if it has not been made yet. */
export async function findSysroot(tools: Tools, lto: boolean): Promise<Sysroot | undefined> {
  return openSysroot((await readInputs(tools, lto)).key);
}

/**
 * The sysroot for this lwd and these tools, made if need be: under a minute the first time, seconds after a change of
 * the kernel alone, nothing else. Several processes may ask at once; one of them makes it.
 */
export async function ensureSysroot(options: SysrootOptions): Promise<Sysroot> {
  const found = await findSysroot(options.tools, options.lto);
  if (found) return found;
  options.report('waiting for another lwd that is making a sysroot');
  return withLock(toolchainLock(), () => makeSysroot(options), options.signal);
}

async function readInputs(tools: Tools, lto: boolean): Promise<Inputs> {
  const base = await findBaseFiles();
  const kernel = await readKernelSources();
  const newlib = await builtPortPath('newlib', tools, lto);
  const lwip = await builtPortPath('lwip', tools, lto, [newlib]);
  const parts = [
    '6',
    privatePrefix,
    ...unfitHeaders,
    newlib.slice(cacheDirectory().length),
    lwip.slice(cacheDirectory().length),
    base.builtins.sha256,
    base.xenHeaders.sha256,
    kernel.sha256,
    tools.clang.version,
    lto ? 'lto' : '',
    ...targetFlags,
    ...cFlags,
    ...kernelFlags,
    ...seldomKernelFlags,
    ...seldomKernelSources,
    crossDigest(),
  ];
  return { base, kernel, newlib, lwip, key: sha256(parts.join('\n')).slice(0, 20) };
}

async function openSysroot(key: string): Promise<Sysroot | undefined> {
  const folder = join(sysrootsFolder(), key);
  const record = (await readJson(join(folder, 'lwd.json'))) as SysrootRecord | undefined;
  return record === undefined ? undefined : { folder, key, record };
}

async function makeSysroot(options: SysrootOptions): Promise<Sysroot> {
  for (;;) {
    const inputs = await readInputs(options.tools, options.lto);
    const found = await openSysroot(inputs.key);
    if (found) return found;
    if (!exists(inputs.newlib)) await makeNewlib(inputs.newlib, options);
    const xen = await keepXenHeaders(inputs.base.xenHeaders);
    const libc = [join(packageRoot(), 'kernel/posix/include'), join(inputs.newlib, 'include')];
    // Against newlib alone: what lwd lays over its headers must not change a port that has been built.
    if (!exists(inputs.lwip)) await makeLwip(inputs, options);
    const objects = await buildKernelObjects(inputs.kernel, {
      ...options,
      systemIncludes: [...libc, xen, join(inputs.lwip, 'include')],
    });
    // Somebody who edits the kernel meanwhile must not get an old key with new content.
    if ((await readKernelSources()).sha256 !== inputs.kernel.sha256) continue;
    await assemble(inputs, objects, options);
    await removeOldSysroots(inputs.key);
  }
}

async function makeNewlib(path: string, options: SysrootOptions): Promise<void> {
  const recipe = await loadRecipe('newlib');
  if (recipe === undefined) throw new Error('lwd has no recipe for newlib');
  await buildPort(recipe, path, options);
}

async function makeLwip(inputs: Inputs, options: SysrootOptions): Promise<void> {
  const recipe = await loadRecipe('lwip');
  if (recipe === undefined) throw new Error('lwd has no recipe for lwip');
  await buildArchive(recipe, inputs.lwip, { ...options, systemIncludes: [join(inputs.newlib, 'include')] });
}

async function assemble(inputs: Inputs, objects: string[], options: SysrootOptions): Promise<void> {
  options.report('putting the sysroot together');
  const folder = join(sysrootsFolder(), inputs.key);
  await makeDirectory(sysrootsFolder());
  const temporary = temporaryName(folder);
  try {
    // Hard links: a sysroot's files are never written to.
    orThrow(await exec(['cp', '-al', '--', inputs.newlib, temporary], { timeout: 60_000 }), 'copying newlib');
    for (const header of unfitHeaders) await remove(join(temporary, 'include', header));
    await overlay(join(packageRoot(), 'kernel/posix/include'), join(temporary, 'include'));
    await overlay(join(packageRoot(), 'kernel/include'), join(temporary, 'include'));
    const lib = join(temporary, 'lib');
    await copyFile(join(inputs.lwip, 'lib', 'liblwip.a'), join(lib, 'liblwip.a'));
    await copyFile(join(packageRoot(), 'kernel/arch/x86_64/image.lds'), join(lib, 'image.lds'));
    await separateNames({
      kernel: objects,
      hidden: [join(lib, 'liblwip.a')],
      standard: [join(lib, 'libc.a'), join(lib, 'libm.a')],
      library: join(lib, 'liblwd.a'),
      script: join(lib, 'image.lds'),
      declared: await readDeclarations(join(temporary, 'include'), options.tools),
      jobs: options.jobs,
    });
    const builtinsLeftOut = await copyBuiltins(inputs.base.builtins.path, join(lib, 'libclang_rt.builtins.a'));
    await writeCrossFiles(temporary, folder);
    const record = await describe(inputs, options, builtinsLeftOut);
    await writeAtomic(join(temporary, 'lwd.json'), `${JSON.stringify(record, undefined, 1)}\n`);
    await remove(folder);
    await rename(temporary, folder);
  } finally {
    await remove(temporary);
  }
}

/** Copies headers over those that are there; removes first, since a linked file is shared with others. */
async function overlay(from: string, to: string): Promise<void> {
  for (const file of await listTree(from)) {
    const target = join(to, file);
    await remove(target);
    await makeDirectory(join(target, '..'));
    await copyFile(join(from, file), target);
  }
}

async function describe(inputs: Inputs, options: SysrootOptions, builtinsLeftOut: string[]): Promise<SysrootRecord> {
  const ports = [await loadRecipe('newlib'), await loadRecipe('lwip')].filter((port) => port !== undefined);
  return {
    version: 1,
    compiler: options.tools.clang.version,
    lto: options.lto,
    kernelFlags: [...targetFlags, ...cFlags, ...kernelFlags, ...seldomKernelFlags, ...seldomKernelSources],
    sources: [
      { name: 'lwd', version: packageVersion(), sha256: inputs.kernel.sha256 },
      ...ports.map(({ name, version, source }) => ({ name, version, sha256: source[0]?.sha256 ?? '' })),
      { name: 'xen-headers', version: await packageOf('libxen-dev'), sha256: inputs.base.xenHeaders.sha256 },
      { name: 'compiler-rt', version: options.tools.clang.version, sha256: inputs.base.builtins.sha256 },
    ],
    builtinsLeftOut,
  };
}

async function packageOf(name: string): Promise<string> {
  const asked = await exec(['dpkg-query', '--show', `--showformat=\${Version}`, name], { timeout: 20_000 });
  return asked.exitCode === 0 ? asked.stdout.trim() : '';
}

/** The newest stay, and so do all of the last day, which other builds may be using. */
async function removeOldSysroots(current: string): Promise<void> {
  const aged = [];
  for (const key of await list(sysrootsFolder())) {
    const found = await status(join(sysrootsFolder(), key));
    if (found && key !== current) aged.push({ key, seconds: wallSeconds() - found.modified / 1000 });
  }
  aged.sort((a, b) => a.seconds - b.seconds);
  for (const { key, seconds } of aged.slice(keptSysroots)) {
    if (seconds > keptSeconds) await remove(join(sysrootsFolder(), key));
  }
}
