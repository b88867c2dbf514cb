import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { findImage, hostsDirectory } from '../../../../src/host/embedded/image.js';
import { removeImages } from '../../../../src/host/embedded/prune.js';
import { imageKey } from '../../../../src/host/embedded/recipe.js';
import { sha256File } from '../../../../src/sys/digest.js';
import { listTree, writeAtomic } from '../../../../src/sys/fs.js';
import { packageRoot } from '../../../../src/sys/package-root.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lwd-prune-'));
  vi.stubEnv('XDG_CACHE_HOME', folder);
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

async function presentKey(): Promise<string> {
  const root = join(packageRoot(), 'dom0/root');
  const files: Record<string, string> = {};
  for (const file of await listTree(root)) files[file] = await sha256File(join(root, file));
  return imageKey(files);
}

it('removes other images and the remains of builds, and keeps ours', async () => {
  const key = await presentKey();
  const other = '0123456789abcdef';
  await writeAtomic(join(hostsDirectory(), key, 'image.json'), '{"packages":{},"built":"today"}');
  await writeAtomic(join(hostsDirectory(), other, 'state/state.zst'), 'x'.repeat(1000));
  await writeAtomic(join(hostsDirectory(), `.${other}.77.abcd`, 'packages.tar'), 'y'.repeat(10));
  await writeAtomic(join(hostsDirectory(), 'notes', 'mine'), 'not of lwd');
  expect((await findImage())?.key).toBe(key);

  const removed = await removeImages(false);
  expect(removed.map(({ bytes }) => bytes).sort()).toEqual([10, 1000]);
  const left = readdirSync(hostsDirectory()).filter((name) => !name.endsWith('.lock'));
  expect(left.sort()).toEqual([key, 'notes'].sort());

  expect(await removeImages(true)).toHaveLength(1);
  expect(existsSync(join(hostsDirectory(), key))).toBe(false);
});

it('has nothing to do in an empty cache', async () => {
  expect(await removeImages(true)).toEqual([]);
});
