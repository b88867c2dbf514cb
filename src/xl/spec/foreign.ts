/**
 * Kernels that are not lwd's, Linux above all, as files of this machine. They know nothing of lwd: what they are told is their
 * own command line (cmdline.ts), and they say nothing of how they fared but by how they end (outcome.ts).
 */
import { resolve } from 'node:path';
import { UserError } from '../../errors.js';
import { sha256, sha256File } from '../../sys/digest.js';
import { readBytes, status } from '../../sys/fs.js';
import { inspectKernel, type KernelFacts } from './elf.js';
import { type Image, nameOf } from './image.js';

export interface ForeignFiles {
  kernel: string;
  ramdisk: string | undefined;
  /** undefined: the console that Xen gives a Linux. */
  commandLine: string | undefined;
}

/** Throws UserError for files that are not there, and for a kernel that Xen cannot boot. */
export async function foreignImage({ kernel, ramdisk, commandLine }: ForeignFiles): Promise<Image> {
  const path = resolve(kernel);
  const bytes = await readBytes(path);
  if (bytes === undefined) throw missing('--kernel', kernel);
  const facts = inspectForeign(bytes, path);
  const archive = ramdisk === undefined ? undefined : resolve(ramdisk);
  if (archive !== undefined && (await status(archive))?.kind !== 'file') throw missing('--ramdisk', archive);
  return {
    name: nameOf(path),
    kernel: { path, sha256: sha256(bytes) },
    ramdisk: archive === undefined ? undefined : { path: archive, sha256: await sha256File(archive) },
    symbols: undefined,
    facts,
    commandLine: commandLine ?? 'console=hvc0',
  };
}

/**
 * A Linux in its compressed form (bzImage, see Documentation/arch/x86/boot.rst there) hides its notes: whether it was
 * configured for Xen shows when Xen unpacks it. Anything else has to be an ELF with Xen's notes.
 */
export function inspectForeign(bytes: Uint8Array, file: string): KernelFacts {
  const isLinux = bytes.length > 0x264 && Buffer.from(bytes.subarray(0x202, 0x206)).toString('latin1') === 'HdrS';
  return isLinux ? { types: ['pv', 'pvh'], guestOs: 'linux', hasSymbols: false } : inspectKernel(bytes, file);
}

function missing(flag: string, path: string): UserError {
  return new UserError(`${flag}: there is no file ${path}`, { exit: 'usage' });
}
