/**
 * What a sysroot takes from packages of this machine as it is: the compiler's run-time library and Xen's public headers.
 */
import { join } from 'node:path';
import { UserError } from '../errors.js';
import { sha256, sha256File } from '../sys/digest.js';
import { exec, orThrow } from '../sys/exec.js';
import { copyFile, exists, listTree, makeDirectory, readBytes, remove, rename, temporaryName } from '../sys/fs.js';
import { cacheDirectory, makeTemporaryDirectory } from '../sys/places.js';
import { llvmRelease } from './target.js';

const builtins = `/usr/lib/llvm-${llvmRelease}/lib/clang/${llvmRelease}/lib/linux/libclang_rt.builtins-x86_64.a`;
const xenHeaders = '/usr/include/xen';

export interface BaseFiles {
  /** Archive of the compiler's run-time library, as the package has it. */
  builtins: { path: string; sha256: string };
  /** Xen's public headers; the digest is over names and contents. */
  xenHeaders: { folder: string; files: string[]; sha256: string };
}

/** Finds and digests the files. Throws a UserError that names the packages which are missing. */
export async function findBaseFiles(): Promise<BaseFiles> {
  const missing = [];
  if (!exists(builtins)) missing.push(`libclang-rt-${llvmRelease}-dev`);
  if (!exists(join(xenHeaders, 'xen.h'))) missing.push('libxen-dev');
  if (missing.length > 0) {
    throw new UserError(`packages are missing: ${missing.join(', ')}`, {
      next: [`sudo apt-get install --no-install-recommends ${missing.join(' ')}`, 'lwd doctor'],
    });
  }
  const files = (await listTree(xenHeaders)).filter((file) => file.endsWith('.h'));
  const parts = [];
  for (const file of files) parts.push(`${file} ${sha256((await readBytes(join(xenHeaders, file))) ?? '')}`);
  return {
    builtins: { path: builtins, sha256: await sha256File(builtins) },
    xenHeaders: { folder: xenHeaders, files, sha256: sha256(parts.join('\n')) },
  };
}

/**
 * A folder of the cache that holds the headers as <xen/…> and nothing else: the package's own place lies among headers that must
 * not be seen.
 */
export async function keepXenHeaders(headers: BaseFiles['xenHeaders']): Promise<string> {
  const folder = join(cacheDirectory(), 'ports', 'xen-headers', headers.sha256.slice(0, 16));
  if (exists(folder)) return folder;
  const temporary = temporaryName(folder);
  for (const file of headers.files) {
    const target = join(temporary, 'xen', file);
    await makeDirectory(join(target, '..'));
    await copyFile(join(headers.folder, file), target);
  }
  await rename(temporary, folder);
  return folder;
}

/**
 * Makes `target`, the run-time library without those members that keep data below the stack pointer (the "red zone",
 * which the package's build is free to use and which an event or a page fault of a PV domain overwrites). Those are the
 * functions for __float128 and a few others; code that needs one does not link, instead of going wrong now and then.
 * Returns the names of the members left out.
 */
export async function copyBuiltins(source: string, target: string): Promise<string[]> {
  const folder = await makeTemporaryDirectory('lwd-builtins');
  try {
    const listed = await exec([`llvm-objdump-${llvmRelease}`, '--disassemble', '--no-show-raw-insn', source], {
      timeout: 60_000,
    });
    const unfit = redZoneUsers(orThrow(listed, 'reading the compiler run-time library').stdout);
    const copy = join(folder, 'builtins.a');
    await copyFile(source, copy);
    if (unfit.length > 0) {
      orThrow(await exec([`llvm-ar-${llvmRelease}`, 'dD', copy, ...unfit], { timeout: 60_000 }), 'leaving out members');
    }
    orThrow(await exec([`llvm-ar-${llvmRelease}`, 'sD', copy], { timeout: 60_000 }), 'indexing the run-time library');
    await copyFile(copy, target);
    return unfit;
  } finally {
    await remove(folder);
  }
}

/**
 * Members of an archive (from llvm-objdump's listing) with an access below the stack pointer. With an index it counts only
 * in a function that has no frame: else it is the element before one of an array in it.
 */
export function redZoneUsers(listing: string): string[] {
  const users = new Set<string>();
  let member = '';
  let hasFrame = false;
  for (const line of listing.split('\n')) {
    const heading = /\(([^()]+)\):\s+file format /.exec(line);
    const [, index] = /-0x[0-9a-f]+\(%rsp(,)?/.exec(line) ?? [undefined, null];
    if (heading?.[1]) member = heading[1];
    else if (/^[0-9a-f]+ <.*>:$/.test(line)) hasFrame = false;
    else if (/\tsubq\t\$0x[0-9a-f]+, %rsp/.test(line)) hasFrame = true;
    else if (index === undefined || (index === ',' && !hasFrame)) users.add(member);
  }
  return [...users].sort();
}
