import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadRecipe, type Recipe } from '../../../src/config/recipe.js';
import { changeSource } from '../../../src/toolchain/configure.js';
import { folderWith } from '../config/project.js';

type Edit = Recipe['edit'][number];

/** What becomes of a source of three lines. */
async function changed(edit: Omit<Edit, 'file'>): Promise<string> {
  const recipe = await loadRecipe('newlib');
  if (recipe === undefined) throw new Error('no recipe');
  const work = folderWith({});
  mkdirSync(join(work, 'source'));
  writeFileSync(join(work, 'source/a.c'), 'one\ntwo\nthree\n');
  await changeSource({ ...recipe, add: [], edit: [{ file: 'a.c', ...edit }] }, work);
  return readFileSync(join(work, 'source/a.c'), 'utf8');
}

test('lines are put behind a line of the source, or in its place', async () => {
  expect(await changed({ line: 'two', keep: true, insert: 'new\n' })).toBe('one\ntwo\nnew\nthree\n');
  expect(await changed({ line: 'two', keep: false, insert: 'new\nlines\n' })).toBe('one\nnew\nlines\nthree\n');
});

test('a line that the source does not have just once is a defect of the recipe', async () => {
  await expect(changed({ line: 'four', keep: true, insert: '' })).rejects.toThrow('exactly one line "four"');
});
