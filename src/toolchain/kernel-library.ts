/**
 * lwd's own kernel: every C and assembler file below kernel/ is compiled, and goes into the sysroot's liblwd.a (namespace.ts),
 * from which the linker takes what an image uses. Objects stay in the cache, so that a change to one kernel file recompiles that
 * file.
 */
import { join } from 'node:path';
import { ToolError } from '../errors.js';
import { sha256 } from '../sys/digest.js';
import { listTree, makeDirectory, readBytes, writeAtomic, writeIfChanged } from '../sys/fs.js';
import { packageRoot } from '../sys/package-root.js';
import { cacheDirectory } from '../sys/places.js';
import { type NinjaStep, ninjaText, runNinja } from './ninja.js';
import { compileStep } from './plan.js';
import type { Work } from './sources.js';
import { cFlags, kernelFlags, seldomKernelFlags, seldomKernelSources, targetFlags } from './target.js';
import type { Tools } from './tools.js';

export interface KernelSources {
  /** Relative to lwd's own folder, sorted. */
  files: { path: string; sha256: string }[];
  sha256: string;
}

/** All files of kernel/ that can end in the sysroot. */
export async function readKernelSources(): Promise<KernelSources> {
  const root = packageRoot();
  const files = [];
  for (const name of await listTree(join(root, 'kernel'))) {
    if (!/\.(c|S|h|lds)$/.test(name)) continue;
    const bytes = await readBytes(join(root, 'kernel', name));
    if (bytes !== undefined) files.push({ path: join('kernel', name), sha256: sha256(bytes) });
  }
  return { files, sha256: sha256(files.map((file) => `${file.path} ${file.sha256}`).join('\n')) };
}

export interface KernelBuild extends Work {
  tools: Tools;
  jobs: number;
  colour: boolean;
  lto: boolean;
  /** Folders of system headers: newlib's, then Xen's. */
  systemIncludes: readonly string[];
}

/** Compiles the kernel and returns its objects in the cache, absolute. The caller holds the toolchain's lock. */
export async function buildKernelObjects(sources: KernelSources, build: KernelBuild): Promise<string[]> {
  const flags = kernelCompileFlags(build);
  const inputs = [packageRoot(), build.tools.clang.version, ...flags];
  const folder = join(cacheDirectory(), 'kernel', sha256(inputs.join('\n')).slice(0, 16));
  await makeDirectory(folder);
  const steps = kernelSteps(sources, folder, flags, build.tools);
  const file = join(folder, 'build.ninja');
  await writeIfChanged(file, ninjaText(steps, folder));
  const outcome = await runNinja({
    file,
    cwd: packageRoot(),
    program: build.tools.ninja.path,
    jobs: build.jobs,
    colour: build.colour,
    signal: build.signal,
    report: (status) => build.report(`kernel ${status}`),
  });
  if (!outcome.ok) {
    const log = join(folder, 'errors.txt');
    await writeAtomic(log, `${outcome.diagnostics}\n`);
    const first = outcome.diagnostics.split('\n').slice(0, 20).join('\n');
    throw new ToolError(
      "lwd's own kernel does not compile",
      { command: [build.tools.ninja.path, '-f', file], stderrTail: first },
      { exit: 'buildFailed', next: [`all that the compiler says: ${log}`] },
    );
  }
  return steps.flatMap((step) => step.outputs);
}

function kernelCompileFlags(build: KernelBuild): string[] {
  return [
    ...targetFlags,
    ...cFlags,
    ...kernelFlags,
    ...(build.lto ? ['-flto'] : []),
    `-ffile-prefix-map=${packageRoot()}=/lwd`,
    '-fdebug-compilation-dir=/lwd',
    `-ffile-prefix-map=${cacheDirectory()}=/lwd/cache`,
    '-Ikernel/include',
    '-Ikernel',
    ...build.systemIncludes.flatMap((folder) => ['-isystem', folder]),
  ];
}

function kernelSteps(sources: KernelSources, folder: string, flags: readonly string[], tools: Tools): NinjaStep[] {
  const compiled = sources.files.map((file) => file.path).filter((path) => /\.(c|S)$/.test(path));
  const seldom = [...flags, ...seldomKernelFlags];
  return compiled.map((source) => {
    const own = seldomKernelSources.includes(source) ? seldom : flags;
    return compileStep(tools.clang.path, source, join(folder, `${source}.o`), own);
  });
}
