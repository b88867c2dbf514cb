import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadProject } from '../../../src/config/load.js';
import type { ImageManifest, Project } from '../../../src/config/model.js';
import { readStamp, StampWriter } from '../../../src/run/stamp.js';

let root: string;
let project: Project;
const at = (...names: string[]) => join(root, ...names);
const manifest = { version: 1, name: 'x' } as ImageManifest;

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'lwd-stamp-'));
  mkdirSync(at('src'));
  writeFileSync(at('src/main.c'), 'int main(void) { return 0; }\n');
  writeFileSync(at('lwd.yaml'), 'name: x\nbuild: {sources: ["src/**/*.c"]}\nenv: {A: b}\n');
  project = await loadProject({ directory: root });
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

async function stamp(profile?: string, during = () => {}): Promise<void> {
  const writer = new StampWriter(project, profile, []);
  during();
  await writer.write({ folder: at('.lwd/build'), manifest });
  // The first stamp's own folder is new in the project's: a build makes it before.
}

describe('a stamp', () => {
  beforeEach(() => mkdirSync(at('.lwd/build'), { recursive: true }));

  test('gives project and image back', async () => {
    await stamp();
    const found = await readStamp(root, undefined);
    expect(found?.built).toEqual({ folder: at('.lwd/build'), manifest });
    // As JSON has it: what is undefined is left out.
    expect(found?.project).toEqual(JSON.parse(JSON.stringify(project)));
    expect(found?.project.env).toEqual({ A: 'b' });
  });

  test.each([
    ['a source', () => writeFileSync(at('src/main.c'), 'int main(void) { return 1; }\n')],
    ['a new source', () => writeFileSync(at('src/more.c'), '')],
    ['a header that may be included', () => writeFileSync(at('src/x.h'), '')],
    ['lwd.yaml', () => writeFileSync(at('lwd.yaml'), 'name: y\nbuild: {sources: ["src/**/*.c"]}\n')],
    ['a source that is gone', () => rmSync(at('src/main.c'))],
  ])('does not hold after a change of %s', async (_, change) => {
    await stamp();
    change();
    expect(await readStamp(root, undefined)).toBeUndefined();
  });

  test('does not hold for what changed while the build ran', async () => {
    await stamp(undefined, () => writeFileSync(at('src/main.c'), 'int main(void) { return 2; }\n'));
    expect(await readStamp(root, undefined)).toBeUndefined();
  });

  test('holds for its own profile only', async () => {
    await stamp('debug');
    expect(await readStamp(root, undefined)).toBeUndefined();
    expect(await readStamp(root, 'debug')).toBeDefined();
  });

  test('does not hold with another PATH, which may lead to other tools', async () => {
    await stamp();
    const path = process.env.PATH;
    process.env.PATH = `/elsewhere:${path}`;
    const found = await readStamp(root, undefined);
    process.env.PATH = path;
    expect(found).toBeUndefined();
  });

  test('damaged or missing is none', async () => {
    expect(await readStamp(root, undefined)).toBeUndefined();
    await stamp();
    const file = at('.lwd/build/stamp.json');
    writeFileSync(file, readFileSync(file, 'utf8').slice(0, 100));
    expect(await readStamp(root, undefined)).toBeUndefined();
  });
});
