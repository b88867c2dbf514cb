/**
 * lwd's own programs for dom0 (dom0/): small static Linux programs that any dom0 can run. They come with a packed lwd
 * (scripts/prepack.js), so that a dom0 needs no compiler, or are compiled here by the same compiler as everything else and
 * kept in the cache. Either way they are found by what they are made from.
 */
import { join } from 'node:path';
import { ToolError } from '../errors.js';
import { sha256, sha256File } from '../sys/digest.js';
import { exec } from '../sys/exec.js';
import { exists, listTree, makeDirectory, readBytes, remove, rename, temporaryName } from '../sys/fs.js';
import { packageRoot } from '../sys/package-root.js';
import { cacheDirectory } from '../sys/places.js';
import { llvmRelease } from './target.js';
import { requirePrograms } from './tools.js';

/** What takes the place of a C library. */
const base = 'dom0/volume-server';

interface Recipe {
  /** All of it belongs to the program. */
  folder: string;
  /** Sources from elsewhere, and the headers that they share. */
  sources: readonly string[];
  headers: readonly string[];
}

/** What every program has that is not built from all of `base`. */
const shared: Omit<Recipe, 'folder'> = {
  sources: [`${base}/start.c`, `${base}/memory.c`, 'kernel/core/format.c'],
  headers: [
    `${base}/linux.h`,
    `${base}/libc/errno.h`,
    `${base}/libc/string.h`,
    'kernel/core/bits.h',
    'kernel/core/format.h',
  ],
};

const recipes = {
  /** Host directories: a process for each volume. */
  'volume-server': {
    folder: base,
    sources: ['kernel/core/format.c', 'kernel/drivers/p9_codec.c'],
    headers: [
      'kernel/core/bits.h',
      'kernel/core/format.h',
      'kernel/core/ring.h',
      'kernel/drivers/p9_channel.h',
      'kernel/drivers/p9_codec.h',
    ],
  },
  /** Recordings of `lwd up --trace`, out of the memory of domains that have ended. */
  'trace-reader': {
    folder: 'dom0/trace-reader',
    sources: shared.sources,
    headers: [...shared.headers, 'kernel/hpc/trace_form.h'],
  },
  /** The socket of `lwd broker`: says who connects. */
  'broker-front': { folder: 'dom0/broker-front', ...shared },
  /** Files as disks, for `lwd broker`: opened with the rights of who asks. */
  'disk-attacher': {
    folder: 'dom0/disk-attacher',
    sources: [...shared.sources, `${base}/caller.c`],
    headers: [...shared.headers, `${base}/caller.h`],
  },
  /** Standard streams and signals of a domain's process, while lwd stays with it. */
  'process-channel': {
    folder: 'dom0/process-channel',
    sources: [...shared.sources, `${base}/store.c`],
    headers: [...shared.headers, `${base}/store.h`, 'kernel/core/ring.h', 'kernel/drivers/process_ring.h'],
  },
} satisfies Record<string, Recipe>;

export type Dom0ProgramName = keyof typeof recipes;

const dom0ProgramNames = Object.keys(recipes) as Dom0ProgramName[];

const flags = [
  ...['--target=x86_64-linux-gnu', '-std=gnu11', '-O2', '-Wall', '-Wextra', '-Werror'],
  // No C library, this machine's or another.
  ...['-ffreestanding', '-nostdlib', '-nostdlibinc', '-static', `-I${base}/libc`, `-I${base}`, '-Ikernel'],
  ...['-fno-pic', '-fno-stack-protector', '-fno-asynchronous-unwind-tables', '-ffunction-sections', '-fdata-sections'],
  ...[`-fuse-ld=lld-${llvmRelease}`, '-Wl,--gc-sections', '-Wl,--build-id=none', '-Wl,-s'],
];

export interface Dom0Program {
  path: string;
  sha256: string;
}

/** Gives the program that came with lwd, or that of the cache; else builds it: a second. */
export async function ensureDom0Program(name: Dom0ProgramName, signal: AbortSignal): Promise<Dom0Program> {
  const key = await keyOf(name);
  const packed = packedPath(name, key);
  if (exists(packed)) return { path: packed, sha256: await sha256File(packed) };
  const home = join(cacheDirectory(), name);
  const path = join(home, key);
  if (!exists(path)) {
    await makeDirectory(home);
    await compileDom0Program(name, path, [], signal);
  }
  return { path, sha256: await sha256File(path) };
}

/** Whether every program came with lwd: then no compiler is needed to run domains. */
export async function arePacked(): Promise<boolean> {
  const there = dom0ProgramNames.map(async (name) => exists(packedPath(name, await keyOf(name))));
  return !(await Promise.all(there)).includes(false);
}

/** Compiles all programs to where a packed lwd has them, and nothing else stays there. */
export async function packDom0Programs(signal: AbortSignal): Promise<void> {
  await remove(packedFolder());
  await makeDirectory(packedFolder());
  for (const name of dom0ProgramNames) await compileDom0Program(name, packedPath(name, await keyOf(name)), [], signal);
}

function packedFolder(): string {
  return join(packageRoot(), 'dist/dom0');
}

function packedPath(name: Dom0ProgramName, key: string): string {
  return join(packedFolder(), `${name}-${key}`);
}

/** By all that goes into it. */
async function keyOf(name: Dom0ProgramName): Promise<string> {
  const { folder, sources, headers } = recipes[name];
  const own = await ownFiles(folder);
  const parts = [`clang-${llvmRelease}`, ...flags];
  for (const file of [...own, ...sources, ...headers]) {
    parts.push(`${file} ${sha256((await readBytes(join(packageRoot(), file))) ?? '')}`);
  }
  return sha256(parts.join('\n')).slice(0, 20);
}

async function ownFiles(folder: string): Promise<string[]> {
  return (await listTree(join(packageRoot(), folder))).map((file) => `${folder}/${file}`);
}

/** Compiles the program to `path`. `more`: flags and sources of a test that makes another of it. */
export async function compileDom0Program(
  name: Dom0ProgramName,
  path: string,
  more: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  requirePrograms([`clang-${llvmRelease}`, `ld.lld-${llvmRelease}`]);
  const own = (await ownFiles(recipes[name].folder)).filter((file) => file.endsWith('.c'));
  const made = temporaryName(path);
  const sources = [...more, ...own, ...recipes[name].sources];
  const command = [`clang-${llvmRelease}`, ...flags, ...sources, '-o', made] as [string, ...string[]];
  const result = await exec(command, { cwd: packageRoot(), timeout: 120_000, signal });
  signal.throwIfAborted();
  if (result.exitCode !== 0) {
    throw new ToolError(
      `lwd's program for dom0 does not compile: ${name}`,
      { command, stderrTail: result.stderr },
      { exit: 'buildFailed', next: ['lwd doctor'] },
    );
  }
  await rename(made, path);
}
