/**
 * The server of host directories (dom0/volume-server/): a small static Linux program that any dom0 can run, compiled here
 * by the same compiler as everything else and kept in the cache by what it is made from.
 */
import { join } from 'node:path';
import { ToolError } from '../errors.js';
import { exec } from '../sys/exec.js';
import {
  cacheDirectory,
  exists,
  listTree,
  makeDirectory,
  readBytes,
  rename,
  sha256,
  sha256File,
  temporaryName,
} from '../sys/fs.js';
import { packageRoot } from '../sys/package-root.js';
import { llvmRelease } from './target.js';
import { requirePrograms } from './tools.js';

const folder = 'dom0/volume-server';
/** Shared with the kernel's client. */
const sharedSources = ['kernel/core/format.c', 'kernel/drivers/p9_codec.c'];
const sharedHeaders = [
  'kernel/core/bits.h',
  'kernel/core/format.h',
  'kernel/core/ring.h',
  'kernel/drivers/p9_channel.h',
  'kernel/drivers/p9_codec.h',
];

const flags = [
  ...['--target=x86_64-linux-gnu', '-std=gnu11', '-O2', '-Wall', '-Wextra', '-Werror'],
  // No C library, this machine's or another.
  ...['-ffreestanding', '-nostdlib', '-nostdlibinc', '-static', `-I${folder}/libc`, `-I${folder}`, '-Ikernel'],
  ...['-fno-pic', '-fno-stack-protector', '-fno-asynchronous-unwind-tables', '-ffunction-sections', '-fdata-sections'],
  ...[`-fuse-ld=lld-${llvmRelease}`, '-Wl,--gc-sections', '-Wl,--build-id=none', '-Wl,-s'],
];

export interface VolumeServer {
  path: string;
  sha256: string;
}

/** Builds the server, unless the cache has it: a second. */
export async function ensureVolumeServer(signal: AbortSignal): Promise<VolumeServer> {
  const own = (await listTree(join(packageRoot(), folder))).map((file) => `${folder}/${file}`);
  const parts = [`clang-${llvmRelease}`, ...flags];
  for (const file of [...own, ...sharedSources, ...sharedHeaders]) {
    parts.push(`${file} ${sha256((await readBytes(join(packageRoot(), file))) ?? '')}`);
  }
  const home = join(cacheDirectory(), 'volume-server');
  const path = join(home, sha256(parts.join('\n')).slice(0, 20));
  if (!exists(path)) {
    await makeDirectory(home);
    await compile([...own.filter((file) => file.endsWith('.c')), ...sharedSources], path, signal);
  }
  return { path, sha256: await sha256File(path) };
}

async function compile(sources: string[], path: string, signal: AbortSignal): Promise<void> {
  requirePrograms([`clang-${llvmRelease}`, `ld.lld-${llvmRelease}`]);
  const made = temporaryName(path);
  const command = [`clang-${llvmRelease}`, ...flags, ...sources, '-o', made] as [string, ...string[]];
  const result = await exec(command, { cwd: packageRoot(), timeout: 120_000, signal });
  signal.throwIfAborted();
  if (result.exitCode !== 0) {
    throw new ToolError(
      "lwd's server of host directories does not compile",
      { command, stderrTail: result.stderr },
      { exit: 'buildFailed', next: ['lwd doctor'] },
    );
  }
  await rename(made, path);
}
