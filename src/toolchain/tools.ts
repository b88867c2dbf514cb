/**
 * The programs that the toolchain runs: where they are and which versions. Asking a program for its version costs some
 * twenty milliseconds, so answers are kept in the cache, each valid as long as its file is the same.
 */
import { join } from 'node:path';
import { UserError } from '../errors.js';
import { exec, orThrow } from '../sys/exec.js';
import { readJson, realPath, status, writeAtomic } from '../sys/fs.js';
import { cacheDirectory } from '../sys/places.js';
import { findProgram } from '../sys/programs.js';
import { llvmRelease } from './target.js';

export interface Tool {
  /** As called, found along PATH. */
  name: string;
  path: string;
  /** First line of what `--version` prints. */
  version: string;
}

export interface Tools {
  clang: Tool;
  lld: Tool;
  ar: Tool;
  strip: Tool;
  ninja: Tool;
}

/** Debian package that brings each program. */
const packages: Record<string, string> = {
  [`clang-${llvmRelease}`]: `clang-${llvmRelease}`,
  [`ld.lld-${llvmRelease}`]: `lld-${llvmRelease}`,
  [`llvm-ar-${llvmRelease}`]: `llvm-${llvmRelease}`,
  [`llvm-ranlib-${llvmRelease}`]: `llvm-${llvmRelease}`,
  [`llvm-strip-${llvmRelease}`]: `llvm-${llvmRelease}`,
  [`llvm-objdump-${llvmRelease}`]: `llvm-${llvmRelease}`,
  ninja: 'ninja-build',
  make: 'make',
  tar: 'tar',
  cmake: 'cmake',
  meson: 'meson',
};

/** The programs for a build. Throws a UserError that names all the packages that are missing. */
export async function findTools(): Promise<Tools> {
  const names = [
    `clang-${llvmRelease}`,
    `ld.lld-${llvmRelease}`,
    `llvm-ar-${llvmRelease}`,
    `llvm-strip-${llvmRelease}`,
    'ninja',
  ];
  requirePrograms(names);
  const [clang, lld, ar, strip, ninja] = await identify(names);
  if (!clang || !lld || !ar || !strip || !ninja) throw new Error('identify() lost a program');
  return { clang, lld, ar, strip, ninja };
}

/** Throws a UserError that names what is missing of `names`, and the packages to install. */
export function requirePrograms(names: readonly string[]): void {
  const missing = names.filter((name) => findProgram(name) === undefined);
  if (missing.length === 0) return;
  const wanted = [...new Set(missing.map((name) => packages[name] ?? name))];
  throw new UserError(`not found on PATH: ${missing.join(', ')}`, {
    next: [`sudo apt-get install --no-install-recommends ${wanted.join(' ')}`, 'lwd doctor'],
  });
}

interface KnownTool {
  stamp: string;
  version: string;
}

async function identify(names: readonly string[]): Promise<Tool[]> {
  const file = join(cacheDirectory(), 'tools.json');
  const known = ((await readJson(file)) ?? {}) as Record<string, KnownTool | undefined>;
  let changed = false;
  const tools: Tool[] = [];
  for (const name of names) {
    const path = findProgram(name) ?? name;
    const stamp = await stampOf(path);
    let version = known[path]?.stamp === stamp ? known[path]?.version : undefined;
    if (version === undefined) {
      version = await askVersion(path);
      known[path] = { stamp, version };
      changed = true;
    }
    tools.push({ name, path, version });
  }
  if (changed) await writeAtomic(file, `${JSON.stringify(known, undefined, 1)}\n`);
  return tools;
}

/** Changes when the program is replaced. */
async function stampOf(path: string): Promise<string> {
  const real = (await realPath(path)) ?? path;
  const found = await status(real);
  return `${real} ${found?.bytes} ${found?.modified}`;
}

async function askVersion(path: string): Promise<string> {
  const result = orThrow(await exec([path, '--version'], { timeout: 20_000 }), `asking ${path} for its version`);
  const lines = result.stdout.trim().split('\n');
  // llvm-ar and its kin name the project first and the version on the next line.
  return (lines.find((line) => /\d+\.\d+/.test(line)) ?? lines[0] ?? '').trim();
}
