import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { ImageNode, LinkedImage } from '../../../src/toolchain/linked-image.js';
import { readLinkedImage } from '../../../src/toolchain/linked-image.js';
import { refuseShortfalls, shortfallsOf } from '../../../src/toolchain/shortfall.js';

const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));

/** An image of functions that call each other: name → who it refers to. */
function image(calls: Record<string, string[]>, notes: string[][], constructors: string[] = []): LinkedImage {
  const nodes = new Map<string, ImageNode>();
  for (const name of Object.keys(calls)) {
    const isConstructor = constructors.includes(name);
    nodes.set(name, { name, aliases: [], start: 0, end: 0, isConstructor, refers: new Set() });
  }
  for (const [name, others] of Object.entries(calls)) {
    for (const other of others) nodes.get(name)?.refers.add(nodes.get(other) as ImageNode);
  }
  const text = notes.map((note) => `${note.join('\0')}\0`).join('');
  return { nodes: [...nodes.values()], section: (name) => (name === '.lwd.posix' ? Buffer.from(text) : undefined) };
}

const fork = ['fork', 'ENOSYS', 'one process'];
const getpid = ['getpid', 'fake', 'always 1'];

describe('what a program reaches', () => {
  test('is told with a shortest way, errors first', () => {
    const calls = { main: ['a', 'getpid'], a: ['b', 'fork'], b: ['fork'], fork: [], getpid: [] };
    expect(shortfallsOf(image(calls, [getpid, fork]))).toEqual([
      { call: 'fork', kind: 'ENOSYS', why: 'one process', chain: ['main', 'a', 'fork'] },
      { call: 'getpid', kind: 'fake', why: 'always 1', chain: ['main', 'getpid'] },
    ]);
  });

  test('is not what only the kernel reaches, nor what is in no way of anybody', () => {
    const calls = { main: [], boot: ['fork', 'main'], idle: ['getpid'], fork: [], getpid: [] };
    expect(shortfallsOf(image(calls, [fork, getpid]))).toEqual([]);
  });

  test('includes what runs before main, and calls that go round', () => {
    const calls = { '.init_array': ['a'], a: ['b'], b: ['a', '__private_fork'], __private_fork: [], main: [] };
    expect(shortfallsOf(image(calls, [fork], ['.init_array']))).toMatchObject([
      { call: 'fork', chain: ['(before main)', 'a', 'b', 'fork'] },
    ]);
  });

  test('is refused by name where it has to be none', () => {
    const shortfalls = shortfallsOf(image({ main: ['fork'], fork: [] }, [fork]));
    expect(() => refuseShortfalls(shortfalls)).toThrow('fork (ENOSYS: one process), by main');
    expect(() => refuseShortfalls([])).not.toThrow();
  });
});

test('every call of the kernel that is always refused says so', () => {
  const folder = join(root, 'kernel/posix');
  const silent = [];
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.c'))) {
    const text = readFileSync(join(folder, file), 'utf8');
    // From a line that begins a function to the brace that ends it.
    for (const [body, name] of text.matchAll(/^[a-z][^;={}]*?(\w+)\([^;{}]*\)\n\{\n[\s\S]*?^\}$/gm)) {
      const isRefused = /^ {4}(return .*)?posix_result\(-ENOSYS\);$|^ {4}errno = ENOSYS;$/m.test(body);
      if (isRefused && !text.includes(`POSIX_REFUSED(${name}, ENOSYS, `)) silent.push(`${file}: ${name}`);
    }
  }
  expect(silent).toEqual([]);
});

test('what is no ELF file with symbols is an error, not nonsense', () => {
  expect(() => readLinkedImage(Buffer.from('text'))).toThrow('no ELF file');
  const empty = Buffer.alloc(64);
  empty.writeUInt32BE(0x7f454c46);
  expect(() => readLinkedImage(empty)).toThrow('without symbols');
});
