/**
 * A bundle's root file system as a domain has it: one of its files is the image, and the others become the domain's read-only
 * root. Nothing outside of it is reached through a link in it.
 */
import { isAbsolute, join, relative, resolve } from 'node:path';
import { UserError } from '../errors.js';
import { sha256 } from '../sys/digest.js';
import { listEntries, readBytes, realPath, status, writeAtomic } from '../sys/fs.js';
import { writeCpio } from '../toolchain/cpio.js';
import { elfImage, type Image } from '../xl/spec/image.js';
import type { ContainerWish } from './domain-of-config.js';

const mostFiles = 20_000;

/** Finds the image and packs the rest into `archive`, a path that is free. Throws UserError. */
export async function containerImage(wish: ContainerWish, bundle: string, archive: string): Promise<Image> {
  const root = await realPath(resolve(bundle, wish.rootPath));
  if (root === undefined || (await status(root))?.kind !== 'directory') {
    throw new UserError(`config.json: root.path: there is no folder ${resolve(bundle, wish.rootPath)}`, {
      exit: 'cannotCreate',
    });
  }
  const file = await findImage(wish.candidates, root);
  const image = await elfImage(file);
  if (!wish.packsRoot) return image;
  const packed = new PackedRoot(file, image.symbols, wish.settings.memory);
  await packed.add(root, '/');
  if (packed.files.length === 0) return image;
  const bytes = writeCpio(packed.files);
  await writeAtomic(archive, bytes, 0o600);
  return { ...image, ramdisk: { path: archive, sha256: sha256(bytes) } };
}

async function findImage(candidates: readonly string[], root: string): Promise<string> {
  for (const candidate of candidates) {
    const real = await realPath(join(root, candidate));
    if (real === undefined || (await status(real))?.kind !== 'file') continue;
    if (isWithin(root, real)) return real;
    throw new UserError(`${candidate} is a link to ${real}, outside of the container's root`, { exit: 'cannotCreate' });
  }
  const [first = '', ...others] = candidates;
  throw new UserError(
    `there is no ${first} in the container's root${others.length === 0 ? '' : ', nor elsewhere on PATH'}`,
    {
      exit: 'cannotCreate',
      next: ['process.args[0], or the annotation org.lwd.image, names a program that lwd built'],
    },
  );
}

function isWithin(root: string, path: string): boolean {
  const from = relative(root, path);
  return from !== '' && !from.startsWith('..') && !isAbsolute(from);
}

/** Plain files of a tree. Links and whatever else there is stay behind; so do the image and its symbols. */
class PackedRoot {
  readonly files: { target: string; content: Uint8Array }[] = [];
  readonly #without: readonly (string | undefined)[];
  readonly #limit: number;
  #bytes = 0;

  constructor(image: string, symbols: string | undefined, memory: number) {
    this.#without = [image, symbols];
    // The archive lies in the domain's memory for as long as it runs.
    this.#limit = memory / 2;
  }

  async add(folder: string, target: string): Promise<void> {
    for (const { name, kind } of await listEntries(folder)) {
      const path = join(folder, name);
      if (kind === 'directory') await this.add(path, join(target, name));
      else if (kind === 'file' && !this.#without.includes(path)) await this.#addFile(path, join(target, name));
    }
  }

  async #addFile(path: string, target: string): Promise<void> {
    this.#bytes += (await status(path))?.bytes ?? 0;
    if (this.#bytes > this.#limit || this.files.length >= mostFiles) {
      throw new UserError(
        `the container's root has more than half of the domain's memory (${this.#limit / 2 ** 20} MiB), or than ${mostFiles} files`,
        {
          exit: 'cannotCreate',
          next: [
            'bind-mount what is large, and keep it out of the root',
            'or give the domain more memory: annotation org.lwd.memory',
            'or leave the root behind: annotation org.lwd.root: none',
          ],
        },
      );
    }
    const content = await readBytes(path);
    if (content !== undefined) this.files.push({ target, content });
  }
}
