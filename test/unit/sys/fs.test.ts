import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { sha256, sha256File } from '../../../src/sys/digest.js';
import * as fs from '../../../src/sys/fs.js';
import { cacheDirectory } from '../../../src/sys/places.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lwd-fs-'));
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

describe('writeAtomic', () => {
  it('makes the folders on the way and leaves nothing but the file', async () => {
    const path = join(folder, 'a/b/file');
    await fs.writeAtomic(path, 'text', 0o600);
    expect(readFileSync(path, 'utf8')).toBe('text');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(folder, 'a/b'))).toEqual(['file']);
  });

  it('replaces a file, also one that may not be written', async () => {
    const path = join(folder, 'file');
    writeFileSync(path, 'old', { mode: 0o400 });
    await fs.writeAtomic(path, Buffer.from([0, 255]));
    expect([...readFileSync(path)]).toEqual([0, 255]);
  });

  it('leaves neither file nor temporary when it fails', async () => {
    const path = join(folder, 'taken');
    await fs.makeDirectory(join(path, 'full'));
    await expect(fs.writeAtomic(path, 'text')).rejects.toThrow();
    expect(readdirSync(folder)).toEqual(['taken']);
  });
});

describe('writeIfChanged', () => {
  it('leaves the time stamp of what is the same', async () => {
    const path = join(folder, 'file');
    expect(await fs.writeIfChanged(path, 'one')).toBe(true);
    const before = statSync(path).ino;
    expect(await fs.writeIfChanged(path, 'one')).toBe(false);
    expect(statSync(path).ino).toBe(before);
    expect(await fs.writeIfChanged(path, 'two')).toBe(true);
    expect(readFileSync(path, 'utf8')).toBe('two');
  });
});

describe('reading', () => {
  it('gives undefined for what is missing, also below a file', async () => {
    writeFileSync(join(folder, 'file'), 'x');
    expect(await fs.readText(join(folder, 'missing'))).toBeUndefined();
    expect(await fs.readBytes(join(folder, 'file/below'))).toBeUndefined();
    expect(await fs.status(join(folder, 'missing'))).toBeUndefined();
    expect(await fs.list(join(folder, 'missing'))).toEqual([]);
  });

  it('fails for what is there and cannot be read', async () => {
    await expect(fs.readText(folder)).rejects.toThrow(/EISDIR/);
  });

  it('takes the head and the tail of a file', async () => {
    const path = join(folder, 'file');
    writeFileSync(path, '0123456789');
    expect(Buffer.from(await fs.readHead(path, 4)).toString()).toBe('0123');
    expect(Buffer.from(await fs.readHead(path, 40)).toString()).toBe('0123456789');
    expect(await fs.readTail(path, 3)).toBe('789');
    expect(await fs.readTail(path, 30)).toBe('0123456789');
    expect(await fs.readTail(join(folder, 'missing'), 3)).toBe('');
  });

  it('reads the head of a file that has no size', async () => {
    const all = await fs.readHead('/proc/self/status', 1_000_000);
    expect(Buffer.from(all).toString()).toMatch(/^Name:/);
  });

  it('takes what is no JSON for missing', async () => {
    const path = join(folder, 'file.json');
    writeFileSync(path, '{"half":');
    expect(await fs.readJson(path)).toBeUndefined();
    writeFileSync(path, '{"whole":1}');
    expect(await fs.readJson(path)).toEqual({ whole: 1 });
  });
});

describe('folders', () => {
  it('lists all files below, sorted, links as themselves', async () => {
    await fs.writeAtomic(join(folder, 'b/c'), '');
    await fs.writeAtomic(join(folder, 'a'), '');
    symlinkSync('/nowhere', join(folder, 'b/link'));
    expect(await fs.listTree(folder)).toEqual(['a', 'b/c', 'b/link']);
    expect((await fs.status(join(folder, 'b/link')))?.kind).toBe('link');
  });

  it('removes a tree, and nothing if there is none', async () => {
    await fs.writeAtomic(join(folder, 'b/c'), '');
    await fs.remove(join(folder, 'b'));
    await fs.remove(join(folder, 'b'));
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('digests', () => {
  it('are those of sha256sum', async () => {
    const path = join(folder, 'file');
    writeFileSync(path, Buffer.alloc(200_000, 7));
    const [expected] = execFileSync('sha256sum', [path]).toString().split(' ');
    expect(await sha256File(path)).toBe(expected);
    expect(sha256(readFileSync(path))).toBe(expected);
  });
});

describe('cacheDirectory', () => {
  it('follows XDG_CACHE_HOME when that is absolute', () => {
    vi.stubEnv('XDG_CACHE_HOME', '/somewhere');
    expect(cacheDirectory()).toBe('/somewhere/lwd');
    vi.stubEnv('XDG_CACHE_HOME', 'relative');
    expect(cacheDirectory()).toMatch(/^\/.*\/\.cache\/lwd$/);
  });
});
