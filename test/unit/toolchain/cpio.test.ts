import { execFileSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findProgram } from '../../../src/sys/programs.js';
import { writeCpio } from '../../../src/toolchain/cpio.js';
import { folderWith } from '../config/project.js';

interface Entry {
  name: string;
  mode: number;
  content: Buffer;
  offset: number;
}

/** Reads an archive by the format's description, checking all that is fixed. */
function readCpio(archive: Uint8Array): Entry[] {
  const bytes = Buffer.from(archive);
  const entries: Entry[] = [];
  for (let at = 0; ; ) {
    expect(bytes.toString('latin1', at, at + 6)).toBe('070701');
    const field = (index: number) =>
      Number.parseInt(bytes.toString('latin1', at + 6 + 8 * index, at + 14 + 8 * index), 16);
    const [inode, mode, uid, gid, links, mtime, size, , , , , nameSize, check] = Array.from({ length: 13 }, (_, i) =>
      field(i),
    );
    const name = bytes.toString('utf8', at + 110, at + 110 + (nameSize ?? 0) - 1);
    expect([uid, gid, mtime, check, bytes[at + 110 + (nameSize ?? 0) - 1]]).toEqual([0, 0, 0, 0, 0]);
    const data = Math.ceil((at + 110 + (nameSize ?? 0)) / 4) * 4;
    const end = Math.ceil((data + (size ?? 0)) / 4) * 4;
    if (name === 'TRAILER!!!') {
      expect(end).toBe(bytes.length);
      return entries;
    }
    expect(inode).toBe(entries.length + 1);
    expect(links).toBe((mode ?? 0) & 0o040000 ? 2 : 1);
    entries.push({ name, mode: mode ?? 0, content: bytes.subarray(data, data + (size ?? 0)), offset: data });
    at = end;
  }
}

const text = (value: string) => new TextEncoder().encode(value);

describe('an archive', () => {
  test('has folders ahead of what is in them, sorted by bytes', () => {
    const files = ['/z', '/a/b/c', '/a/ü', '/a-b', '/a/b/a'].map((target) => ({ target, content: text(target) }));
    const entries = readCpio(writeCpio(files));
    expect(entries.map(({ name }) => name)).toEqual(['a', 'a-b', 'a/b', 'a/b/a', 'a/b/c', 'a/ü', 'z']);
    expect(entries.map(({ mode }) => mode.toString(8))).toEqual([
      '40555',
      '100444',
      '40555',
      '100444',
      '100444',
      '100444',
      '100444',
    ]);
  });

  test('has its data aligned to four bytes', () => {
    const files = [1, 2, 3, 4, 5].map((length) => ({
      target: `/${'n'.repeat(length)}`,
      content: text('x'.repeat(length)),
    }));
    for (const { offset } of readCpio(writeCpio(files))) expect(offset % 4).toBe(0);
  });

  test('of nothing is a trailer', () => {
    expect(readCpio(writeCpio([]))).toEqual([]);
  });

  test('is the same whatever the order of the files', () => {
    const files = ['/b', '/a/x', '/c'].map((target) => ({ target, content: text(target) }));
    expect(writeCpio(files)).toEqual(writeCpio(files.toReversed()));
  });

  test('holds what went in', () => {
    const name = fc.stringMatching(/^[^/\0.]{1,12}$/u);
    const file = fc.record({
      folder: fc.constantFrom('', '/d', '/d/e'),
      name,
      content: fc.uint8Array({ maxLength: 40 }),
    });
    fc.assert(
      fc.property(fc.array(file, { maxLength: 12 }), (files) => {
        // A letter in front keeps folders and files apart.
        const wanted = new Map(files.map((each) => [`${each.folder}/f${each.name}`, each.content]));
        const entries = readCpio(writeCpio([...wanted].map(([target, content]) => ({ target, content }))));
        const found = new Map(
          entries.filter(({ mode }) => mode & 0o100000).map((each) => [`/${each.name}`, new Uint8Array(each.content)]),
        );
        expect(found).toEqual(new Map([...wanted].map(([target, content]) => [target, new Uint8Array(content)])));
      }),
    );
  });

  test.skipIf(findProgram('cpio') === undefined)('is what cpio(1) reads', () => {
    const folder = folderWith({});
    const content = 'x'.repeat(100_001);
    writeFileSync(join(folder, 'a.cpio'), writeCpio([{ target: '/one/two words', content: text(content) }]));
    execFileSync('cpio', ['-idm', '--quiet', '-F', 'a.cpio'], { cwd: folder });
    expect(readFileSync(join(folder, 'one/two words'), 'utf8')).toBe(content);
    expect(statSync(join(folder, 'one/two words')).mtimeMs).toBe(0);
  });
});
