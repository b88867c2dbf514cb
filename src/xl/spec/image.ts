/** An image of this machine, checked: what `lwd build` left, or any ELF that Xen can boot. */
import { basename, join, resolve } from 'node:path';
import type { ImageManifest } from '../../config/model.js';
import { UserError } from '../../errors.js';
import { sha256, sha256File } from '../../sys/digest.js';
import { exists, readBytes } from '../../sys/fs.js';
import { inspectKernel, type KernelFacts } from './elf.js';

export interface ImageFile {
  /** Absolute, of this machine. */
  path: string;
  sha256: string;
}

export interface Image {
  /** The application's name: argv[0], and by default the domain's name. */
  name: string;
  kernel: ImageFile;
  ramdisk: ImageFile | undefined;
  /** Absolute path of an ELF with symbols, undefined if there is none. */
  symbols: string | undefined;
  facts: KernelFacts;
  /** Of a kernel that is not lwd's: what it is started with, instead of main's arguments and environment. */
  commandLine?: string;
}

/**
 * The image that the manifest describes; the manifest's paths are relative to `folder`. Throws UserError if a file is
 * not what was built.
 */
export async function builtImage(folder: string, manifest: ImageManifest): Promise<Image> {
  const kernel = await readKernel(join(folder, manifest.kernel.path), manifest.kernel.sha256);
  const symbols = join(folder, manifest.symbols.path);
  return {
    name: manifest.name,
    kernel: kernel.file,
    ramdisk: manifest.ramdisk && (await checkedFile(join(folder, manifest.ramdisk.path), manifest.ramdisk.sha256)),
    symbols: exists(symbols) ? symbols : undefined,
    facts: kernel.facts,
  };
}

/** A bare ELF file. Symbols are looked for in it and in files named as lwd and others name them. */
export async function elfImage(path: string): Promise<Image> {
  const { file, facts } = await readKernel(resolve(path), undefined);
  const beside = [`${file.path}.debug`, file.path.replace(/\.elf$/, '.debug')];
  const symbols = facts.hasSymbols ? file.path : beside.find((name) => name !== file.path && exists(name));
  return { name: nameOf(file.path), kernel: file, ramdisk: undefined, symbols, facts };
}

/** A name for a domain out of a file's name. */
export function nameOf(path: string): string {
  const name = basename(path)
    .replace(/\.(?:elf|debug)$/, '')
    .replaceAll(/[^A-Za-z0-9._-]+/g, '-');
  return /^[A-Za-z]/.test(name) ? name.slice(0, 63) : `lwd-${name}`.slice(0, 63);
}

async function readKernel(path: string, digest: string | undefined): Promise<{ file: ImageFile; facts: KernelFacts }> {
  const bytes = await readBytes(path);
  if (bytes === undefined) throw missing(path);
  const facts = inspectKernel(bytes, path);
  const found = sha256(bytes);
  if (digest !== undefined && found !== digest) throw changed(path);
  return { file: { path, sha256: found }, facts };
}

async function checkedFile(path: string, digest: string): Promise<ImageFile> {
  if (!exists(path)) throw missing(path);
  if ((await sha256File(path)) !== digest) throw changed(path);
  return { path, sha256: digest };
}

function missing(path: string): UserError {
  return new UserError(`${path}: there is no such file`, { exit: 'cannotCreate', next: ['build it: lwd build'] });
}

function changed(path: string): UserError {
  return new UserError(`${path} is not the file that was built: it was changed or damaged since`, {
    exit: 'cannotCreate',
    next: ['build it again: lwd clean && lwd build'],
  });
}
