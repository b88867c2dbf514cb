import { mkdirSync, readFileSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { listTree } from '../../../src/sys/fs.js';
import { mirror } from '../../../src/toolchain/mirror.js';
import { folderWith } from '../config/project.js';

test('a copy follows its source, keeps times and what the build made, and leaves out what is no source', async () => {
  const from = folderWith({ 'a.c': 'one', 'sub/b.c': 'two', 'gone.c': '', '.lwd/build/x': '', '.git/HEAD': '' });
  symlinkSync('a.c', join(from, 'link.c'));
  utimesSync(join(from, 'a.c'), 1000, 1000);
  const place = folderWith({});
  const [to, record] = [join(place, 'copy'), join(place, 'record')];
  await mirror(from, to, record);
  expect(await listTree(to)).toEqual(['a.c', 'gone.c', 'link.c', 'sub/b.c']);
  expect(statSync(join(to, 'a.c')).mtimeMs).toBe(1_000_000);
  writeFileSync(join(to, 'a.o'), 'made');
  writeFileSync(join(to, 'sub/b.c'), 'changed by the build');
  writeFileSync(join(from, 'a.c'), 'three');
  rmSync(join(from, 'gone.c'));
  await mirror(from, to, record);
  expect(await listTree(to)).toEqual(['a.c', 'a.o', 'link.c', 'sub/b.c']);
  expect(readFileSync(join(to, 'link.c'), 'utf8')).toBe('three');
  // What the source has not changed is the build's own business: it may have been made anew there.
  expect(readFileSync(join(to, 'sub/b.c'), 'utf8')).toBe('changed by the build');
});

test('a folder where a file was, and a file where a folder was', async () => {
  const from = folderWith({ x: 'file', 'y/z': 'file in a folder' });
  const place = folderWith({});
  const [to, record] = [join(place, 'copy'), join(place, 'record')];
  await mirror(from, to, record);
  writeFileSync(join(to, 'y/made.o'), 'made');
  for (const name of ['x', 'y']) rmSync(join(from, name), { recursive: true });
  mkdirSync(join(from, 'x'));
  writeFileSync(join(from, 'x/z'), 'now in a folder');
  writeFileSync(join(from, 'y'), 'now a file');
  await mirror(from, to, record);
  expect(await listTree(to)).toEqual(['x/z', 'y']);
});
