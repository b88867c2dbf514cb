/** Digests of texts and files, by which images and sources are known: SHA-256, lower-case hex. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { fs } from './steps-of-files.js';

export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** Of a file's content. Streams: the size does not matter. */
export async function sha256File(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

export interface HashingWriter {
  write(bytes: Uint8Array): Promise<void>;
  /** The digest of all that was written. May be called again. */
  close(): Promise<string>;
}

/** Writes a new file, for its owner alone to read. */
export async function hashingWriter(path: string): Promise<HashingWriter> {
  const file = await fs.open(path, 'wx', 0o600);
  const hash = createHash('sha256');
  let digest: string | undefined;
  return {
    async write(bytes) {
      hash.update(bytes);
      await file.writeFile(bytes);
    },
    async close() {
      if (digest === undefined) {
        digest = hash.digest('hex');
        await file.sync();
        await file.close();
      }
      return digest;
    },
  };
}
