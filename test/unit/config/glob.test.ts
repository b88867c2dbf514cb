import { symlinkSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { expandBraces, expandPattern, nameMatcher } from '../../../src/config/glob.js';
import { folderWith } from './project.js';

describe('patterns over folders', () => {
  const files = {
    'a.c': '',
    'b.h': '',
    'src/c.c': '',
    'src/x/d.c': '',
    'src/x/y/e.c': '',
    '.hidden/f.c': '',
    'src/.g.c': '',
  };

  test.each([
    ['*.c', ['a.c']],
    ['**/*.c', ['a.c', 'src/c.c', 'src/x/d.c', 'src/x/y/e.c']],
    ['src/**/*.c', ['src/c.c', 'src/x/d.c', 'src/x/y/e.c']],
    ['src/**/y/*.c', ['src/x/y/e.c']],
    ['src/*/d.c', ['src/x/d.c']],
    ['src/**', ['src/c.c', 'src/x/d.c', 'src/x/y/e.c']],
    ['./src/c.c', ['src/c.c']],
    ['src/../a.c', ['a.c']],
    ['{a,b}.{c,h}', ['a.c', 'b.h']],
    ['[ab].?', ['a.c', 'b.h']],
    ['.hidden/*.c', ['.hidden/f.c']],
    ['src/.*.c', ['src/.g.c']],
    ['src', []],
    ['nothing/*.c', []],
    ['a.c/*.c', []],
  ])('%s', async (pattern, expected) => {
    const root = folderWith(files);
    const found = await expandPattern(root, pattern);
    expect(found.map((file) => relative(root, file))).toEqual(expected);
  });

  test('absolute, and outside of the project', async () => {
    const other = folderWith({ 'z.c': '' });
    expect(await expandPattern('/nowhere', join(other, '*.c'))).toEqual([join(other, 'z.c')]);
  });

  test('a folder that is a link is not walked into by **, so loops end', async () => {
    const root = folderWith({ 'src/a.c': '' });
    symlinkSync('.', join(root, 'src/loop'));
    expect(await expandPattern(root, 'src/**/*.c')).toEqual([join(root, 'src/a.c')]);
  });

  test('a source that is a link counts', async () => {
    const root = folderWith({ 'a.c': '' });
    symlinkSync('a.c', join(root, 'b.c'));
    expect(await expandPattern(root, '*.c')).toEqual([join(root, 'a.c'), join(root, 'b.c')]);
  });
});

describe('names', () => {
  test.each([
    ['a.c', 'a.c', true],
    ['a.c', 'axc', false],
    ['*', 'abc', true],
    ['*', '.abc', false],
    ['[!a]x', 'bx', true],
    ['[!a]x', 'ax', false],
    ['[a-c]', 'b', true],
    ['a[', 'a[', true],
    ['[z-a]', 'm', false],
    ['[a-]', '-', true],
    ['(a|b)+', '(a|b)+', true],
    ['?', 'ü', true],
    ['?', '😀', true],
  ])('%s against %s: %s', (pattern, name, expected) => {
    expect(nameMatcher(pattern)(name)).toBe(expected);
  });

  test('braces', () => {
    expect(expandBraces('a{b,c{d,e}}f')).toEqual(['abf', 'acdf', 'acef']);
    expect(expandBraces('a{b')).toEqual(['a{b']);
    expect(expandBraces('{a,b}{c,d}')).toEqual(['ac', 'ad', 'bc', 'bd']);
  });
});
