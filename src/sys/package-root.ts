/** Where lwd itself is installed: the folder with kernel/, ports/, templates/ and dom0/, whether run from src/ or dist/. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

let found: { root: string; version: string } | undefined;

function locate(): { root: string; version: string } {
  if (found) return found;
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const file = join(folder, 'package.json');
    if (existsSync(file)) {
      const { name, version } = JSON.parse(readFileSync(file, 'utf8'));
      if (name === 'lwd') {
        found = { root: folder, version };
        return found;
      }
    }
    if (folder === dirname(folder)) throw new Error('lwd does not find its own package.json');
  }
}

/** Absolute path of lwd's own folder. */
export function packageRoot(): string {
  return locate().root;
}

/** e.g. "0.1.0" */
export function packageVersion(): string {
  return locate().version;
}
