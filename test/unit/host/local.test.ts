import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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

it('takes a file where it lies, if it is the one that was meant', async () => {
  const image = join(folder, 'image');
  writeFileSync(image, 'one');
  expect(await host.push(image, sha256('one'))).toBe(image);
  writeFileSync(image, 'two');
  await expect(host.push(image, sha256('one'))).rejects.toThrow(/is not the file that was built/);
});
