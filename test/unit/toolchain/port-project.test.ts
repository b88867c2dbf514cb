import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadRecipe } from '../../../src/config/recipe.js';
import { programPorts, writePortProject } from '../../../src/toolchain/port-project.js';
import { folderWith } from '../config/project.js';

const work = { report: () => {}, force: false };

describe('a port that is a program', () => {
  test('is known by its recipe, and every recipe can be read', async () => {
    const names = (await programPorts()).map(({ name }) => name);
    expect(names).toContain('zlib');
    expect(names).not.toContain('newlib');
    for (const name of names) expect(existsSync(join((await loadRecipe(name))?.folder ?? '', 'check.js'))).toBe(true);
  });

  test('of another name is refused, with the names that are known', async () => {
    await expect(writePortProject({ ...work, name: 'newlib', folder: folderWith({}) })).rejects.toMatchObject({
      message: expect.stringMatching(/there is no port "newlib".*known: .*zlib/),
    });
  });

  test('does not go into a folder that has something in it', async () => {
    const folder = folderWith({ mine: 'text' });
    await expect(writePortProject({ ...work, name: 'zlib', folder })).rejects.toMatchObject({
      message: expect.stringContaining('is not empty'),
    });
    expect(readFileSync(join(folder, 'mine'), 'utf8')).toBe('text');
  });

  test('cannot lie where a file is, forced or not', async () => {
    const folder = join(folderWith({ mine: 'text' }), 'mine');
    for (const force of [false, true]) {
      await expect(writePortProject({ ...work, name: 'zlib', folder, force })).rejects.toMatchObject({
        message: expect.stringMatching(/mine is a file$/),
      });
    }
  });
});
