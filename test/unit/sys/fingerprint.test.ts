import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fingerprint } from '../../../src/sys/fingerprint.js';

let folder: string;
const at = (...names: string[]) => join(folder, ...names);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lwd-fingerprint-'));
  mkdirSync(at('tree/src'), { recursive: true });
  mkdirSync(at('tree/.git'));
  writeFileSync(at('tree/src/a.c'), 'int a;');
  writeFileSync(at('tool'), 'x');
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function look(limit = 100): string | undefined {
  return fingerprint({ trees: [at('tree')], files: [at('tool'), at('missing')], without: ['.git'], limit });
}

describe('a fingerprint', () => {
  test('stays while nothing changes, and when what does not count does', () => {
    const before = look();
    expect(before).toMatch(/^[0-9a-f]{64}$/);
    readFileSync(at('tree/src/a.c'));
    writeFileSync(at('tree/.git/index'), 'x');
    expect(look()).toBe(before);
  });

  test.each([
    ['content', () => writeFileSync(at('tree/src/a.c'), 'int b;')],
    ['a time alone', () => utimesSync(at('tree/src/a.c'), 1, 1)],
    ['a new file', () => writeFileSync(at('tree/src/b.c'), '')],
    ['a link that leads to itself', () => symlinkSync('loop', at('tree/src/loop'))],
    ['a new folder', () => mkdirSync(at('tree/more'))],
    ['a file that goes', () => rmSync(at('tree/src/a.c'))],
    ['a tree that goes', () => rmSync(at('tree'), { recursive: true })],
    ['a single file', () => writeFileSync(at('tool'), 'y')],
    ['a file that was missing', () => writeFileSync(at('missing'), '')],
  ])('sees %s', (_, change) => {
    const before = look();
    change();
    expect(look()).not.toBe(before);
  });

  test('looks through a link to a file', () => {
    symlinkSync(at('tool'), at('tree/src/link.c'));
    const before = look();
    expect(before).toBeDefined();
    writeFileSync(at('tool'), 'other content');
    expect(look()).not.toBe(before);
  });

  test('is not given for what would be too much', () => {
    expect(look(2)).toBeUndefined();
    symlinkSync('/', at('tree/everything'));
    expect(look()).toBeUndefined();
  });
});
