import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { HostError } from '../../../src/errors.js';
import { choosePath, runDirectory } from '../../../src/sys/run-directory.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lwd-run-'));
  vi.stubEnv('XDG_RUNTIME_DIR', folder);
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

it('is made for its owner alone', () => {
  expect(runDirectory()).toBe(join(folder, 'lwd'));
  expect(statSync(runDirectory()).mode & 0o777).toBe(0o700);
});

it('is refused when others may enter it, or when it is a link', () => {
  mkdirSync(join(folder, 'lwd'));
  chmodSync(join(folder, 'lwd'), 0o755);
  expect(() => runDirectory()).toThrow(HostError);
  rmSync(join(folder, 'lwd'), { recursive: true });
  symlinkSync(tmpdir(), join(folder, 'lwd'));
  expect(() => runDirectory()).toThrow(HostError);
});

it('is short enough for a socket below it', () => {
  expect(choosePath(undefined, 7)).toBe('/tmp/lwd-7');
  expect(choosePath('relative', 7)).toBe('/tmp/lwd-7');
  expect(choosePath(`/${'x'.repeat(80)}`, 7)).toBe('/tmp/lwd-7');
  expect(choosePath('/run/user/7', 7)).toBe('/run/user/7/lwd');
});
