/**
 * Where lwd keeps what lasts as long as the machine runs: sockets, numbers of processes. `$XDG_RUNTIME_DIR/lwd`, else
 * /tmp/lwd-UID. Nobody else can write there: that is checked, since /tmp is everybody's.
 */
import { lstatSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { HostError } from '../errors.js';

/** A socket's path has at most 107 bytes; ssh adds 17 to it while it makes one, and lwd some 32 below this folder. */
const longest = 56;

let checked: string | undefined;

/** Makes the folder if need be. Throws HostError if it is not this user's alone. */
export function runDirectory(): string {
  const path = choosePath(process.env.XDG_RUNTIME_DIR, userId());
  if (checked === path) return path;
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const found = lstatSync(path);
  if (!found.isDirectory() || found.uid !== userId() || (found.mode & 0o077) !== 0) {
    throw new HostError(`${path} is not a folder that belongs to this user alone`, {
      exit: 'noPermission',
      next: [
        `look at it, and remove it if it is not yours: ls -ld ${path}`,
        'or set XDG_RUNTIME_DIR to another folder',
      ],
    });
  }
  checked = path;
  return path;
}

export function choosePath(runtimeDirectory: string | undefined, uid: number): string {
  const wanted = runtimeDirectory?.startsWith('/') ? join(runtimeDirectory, 'lwd') : undefined;
  if (wanted !== undefined && Buffer.byteLength(wanted) <= longest) return wanted;
  return `/tmp/lwd-${uid}`;
}

function userId(): number {
  return process.getuid?.() ?? 0;
}
