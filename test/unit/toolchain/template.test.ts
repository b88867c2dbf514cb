import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadProject } from '../../../src/config/load.js';
import { packageRoot } from '../../../src/sys/package-root.js';
import { templateNames, writeTemplate } from '../../../src/toolchain/template.js';
import { folderWith } from '../config/project.js';

const templates = await templateNames();

describe('a new project', () => {
  test.each(templates)('from the template %s is one that loads', async (template) => {
    const folder = join(folderWith({}), 'my project!');
    const written = await writeTemplate({ folder, template, force: false });
    expect(written).toMatchObject({ name: 'my-project-', folder });
    expect(written.files).toEqual(expect.arrayContaining(['.gitignore', 'README.md', 'lwd.yaml', 'src/main.c']));
    const project = await loadProject({ directory: folder });
    expect(project).toMatchObject({ name: 'my-project-', files: [] });
    for (const file of written.files) expect(readFileSync(join(folder, file), 'utf8')).not.toContain('{{');
  });

  test('goes by the name that is given', async () => {
    const folder = folderWith({});
    await writeTemplate({ folder, template: 'hello', name: 'greeter', force: false });
    expect((await loadProject({ directory: folder })).name).toBe('greeter');
  });

  test('of a name that cannot be is refused before anything is written', async () => {
    const folder = folderWith({});
    await expect(writeTemplate({ folder, template: 'hello', name: '1st', force: false })).rejects.toThrow(
      'cannot be a project',
    );
    expect(readdirSync(folder)).toEqual([]);
  });

  test('in a folder that is not empty is refused, naming what would be overwritten', async () => {
    const folder = folderWith({ 'lwd.yaml': 'mine', 'src/other.c': '' });
    await expect(writeTemplate({ folder, template: 'hello', force: false })).rejects.toMatchObject({
      message: expect.stringMatching(/is not empty, and these would be overwritten: lwd\.yaml$/),
      next: expect.arrayContaining([expect.stringContaining('--force')]),
    });
    expect(readFileSync(join(folder, 'lwd.yaml'), 'utf8')).toBe('mine');
    expect(existsSync(join(folder, 'src/main.c'))).toBe(false);
  });

  test('in a folder with something else is refused too', async () => {
    const folder = folderWith({ 'notes.txt': '' });
    await expect(writeTemplate({ folder, template: 'hello', force: false })).rejects.toThrow(
      'is not empty (notes.txt)',
    );
  });

  test('with force replaces just its own files', async () => {
    const folder = folderWith({ 'lwd.yaml': 'mine', 'notes.txt': 'kept' });
    await writeTemplate({ folder, template: 'hello', force: true });
    expect(readFileSync(join(folder, 'lwd.yaml'), 'utf8')).toContain('sources');
    expect(readFileSync(join(folder, 'notes.txt'), 'utf8')).toBe('kept');
  });

  test('from a template that is not there names those that are', async () => {
    await expect(writeTemplate({ folder: folderWith({}), template: '../src', force: true })).rejects.toThrow(
      `known: ${readdirSync(join(packageRoot(), 'templates')).sort().join(', ')}`,
    );
  });
});
