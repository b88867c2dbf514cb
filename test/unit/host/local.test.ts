import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { LocalHost } from '../../../src/host/local.js';
import { sha256 } from '../../../src/sys/digest.js';

let folder: string;
const host = new LocalHost();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lwd-local-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

it('runs programs and scripts here', async () => {
  const result = await host.script('printf "%s|" "$@"; exit 4', ["it's", 'a\nb'], { timeout: 5000 });
  expect(result).toMatchObject({ exitCode: 4, stdout: "it's|a\nb|" });
});

it('reads and writes', async () => {
  await host.write(join(folder, 'a/b'), 'text');
  expect(Buffer.from(await host.read(join(folder, 'a/b'), 2)).toString()).toBe('te');
});

it('keeps a copy of an image, which is what was meant whatever becomes of the file', async () => {
  const [image, kept] = [join(folder, 'image'), join(folder, 'kept')];
  const own = new LocalHost(kept);
  writeFileSync(image, 'one');
  const copy = await own.push(image, sha256('one'));
  expect(copy).toBe(join(kept, sha256('one')));
  expect(statSync(kept).mode & 0o77).toBe(0);
  writeFileSync(image, 'two');
  expect(readFileSync(copy, 'utf8')).toBe('one');
  expect(await own.push(image, sha256('one'))).toBe(copy);
  await expect(own.push(image, sha256('other'))).rejects.toThrow(/changed while it was sent/);
  // Damaged, it is made anew.
  writeFileSync(copy, 'three');
  writeFileSync(image, 'one');
  await own.push(image, sha256('one'));
  expect(readFileSync(copy, 'utf8')).toBe('one');
  expect(readdirSync(kept)).toEqual([sha256('one')]);
});
