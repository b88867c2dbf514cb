import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { buildProject } from '../../../src/toolchain/build.js';
import { project } from './project.js';

const root = mkdtempSync(join(tmpdir(), 'lwd-build-'));

afterEach(() => rmSync(root, { recursive: true }));

test('what a build that was killed left goes with the next one, and what a living one writes stays', async () => {
  const objects = join(root, '.lwd/build/objects');
  mkdirSync(objects, { recursive: true });
  // No process has as high a number (PID_MAX_LIMIT is 2^22).
  const left = ['../.stamp.json.4194305.0123abcd', '.main.o.4194305.0123abcd'];
  const stays = ['../stamp.json', `../.stamp.json.${process.pid}.0123abcd`, 'main.o'];
  for (const name of [...left, ...stays]) writeFileSync(join(objects, name), '');

  const drive = async () => {
    throw new Error('here it begins');
  };
  await expect(buildProject(project(root), { drive, tell: () => {}, colour: false })).rejects.toThrow('here it begins');

  const there = readdirSync(join(root, '.lwd/build'), { recursive: true }).map((path) =>
    join(objects, '..', String(path)),
  );
  expect(there.sort()).toEqual([objects, ...stays.map((name) => join(objects, name))].sort());
});
