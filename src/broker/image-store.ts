/**
 * Images that callers have sent: each under its digest, in a folder of the caller's that only the broker can reach. What a domain
 * is made from is what was digested here, whatever becomes of the file that it was read from.
 */
import { join } from 'node:path';
import { hashingWriter } from '../sys/digest.js';
import { exists, list, makeDirectory, remove, rename, status, temporaryName } from '../sys/fs.js';

/** Of one caller; the oldest go. A domain does not need its image once it is made. */
const kept = 16;

export class ImageStore {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  path(uid: number, sha256: string): string {
    return join(this.#folder, String(uid), sha256);
  }

  has(uid: number, sha256: string): boolean {
    return exists(this.path(uid, sha256));
  }

  /** Gives in words why not. */
  async take(
    uid: number,
    sha256: string,
    most: number,
    pieces: AsyncIterable<Uint8Array>,
  ): Promise<string | undefined> {
    const path = this.path(uid, sha256);
    await makeDirectory(this.#folder, 0o700);
    await makeDirectory(join(this.#folder, String(uid)), 0o700);
    const temporary = temporaryName(path);
    const writer = await hashingWriter(temporary);
    try {
      let size = 0;
      for await (const piece of pieces) {
        size += piece.length;
        if (size > most) return `images of ${most / 2 ** 20} MiB at the most are allowed`;
        await writer.write(piece);
      }
      if ((await writer.close()) !== sha256) return 'what arrived is not what was announced';
      await rename(temporary, path);
      await this.#makeRoom(uid);
      return undefined;
    } finally {
      await writer.close();
      await remove(temporary);
    }
  }

  async #makeRoom(uid: number): Promise<void> {
    const folder = join(this.#folder, String(uid));
    const files: { path: string; modified: number }[] = [];
    for (const name of await list(folder)) {
      const path = join(folder, name);
      const found = await status(path);
      // What is just being written has a dot in front.
      if (found !== undefined && !name.startsWith('.')) files.push({ path, modified: found.modified });
    }
    for (const { path } of files.sort((a, b) => b.modified - a.modified).slice(kept)) await remove(path);
  }
}
