/** Where lwd puts what is not asked for by a name: its cache, and what is only for a while. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fs } from './steps-of-files.js';

export function temporaryDirectory(): string {
  return process.env.TMPDIR || '/tmp';
}

/**
 * A fresh folder of the system's temporary directory, readable by its owner only. The caller removes it; its name says
 * whose it is, should the caller be killed before.
 */
export function makeTemporaryDirectory(prefix: string): Promise<string> {
  return fs.mkdtemp(join(temporaryDirectory(), `${prefix}-${process.pid}-`));
}

/** Where lwd keeps what it can make again: `$XDG_CACHE_HOME/lwd`, by default `~/.cache/lwd`. Not made here. */
export function cacheDirectory(): string {
  const base = process.env.XDG_CACHE_HOME;
  // The specification of these directories: a relative path counts as not set.
  return join(base?.startsWith('/') ? base : join(homedir(), '.cache'), 'lwd');
}
