import { describe, expect, test } from 'vitest';
import { bitcodeText } from '../../../src/toolchain/bitcode-text.js';
import { namesOf } from '../../../src/toolchain/declarations.js';
import { type GlobalSymbol, planNamespace } from '../../../src/toolchain/namespace-plan.js';

const symbol = (object: string, type: string, name: string): GlobalSymbol => ({ object, type, name });

function plan(kernel: GlobalSymbol[], standard: GlobalSymbol[] = [], hidden: GlobalSymbol[] = []) {
  const declared = new Set(['read', 'strnlen', 'ftw', 'malloc']);
  const { renames, aliases } = planNamespace({
    kernel,
    hidden,
    standard,
    script: ['image_end'],
    declared,
    iso: new Set(['malloc']),
  });
  return { renamed: [...renames.keys()].sort(), aliases: Object.fromEntries(aliases) };
}

describe("the image's names", () => {
  test('what no header declares is renamed, with the references to it, and no more', () => {
    const found = plan([symbol('a.o', 'T', 'schedule'), symbol('b.o', 'U', 'schedule'), symbol('b.o', 'U', 'main')]);
    expect(found).toEqual({ renamed: ['image_end', 'schedule'], aliases: {} });
  });

  test("what POSIX offers stays as a weak name, so that the kernel's calls are not the program's", () => {
    expect(plan([symbol('io.o', 'T', 'read'), symbol('io.o', 'D', 'table')])).toEqual({
      renamed: ['image_end', 'read', 'table'],
      aliases: { 'io.o': ['read'] },
    });
  });

  test("what ISO C reserves is left alone: a program's malloc is everybody's", () => {
    expect(plan([symbol('a.o', 'T', 'malloc'), symbol('a.o', 'T', '_exit')]).renamed).toEqual(['image_end']);
  });

  test('of the C library, only what others call by a name that a program may have', () => {
    const standard = [
      symbol('libc.a[strnlen.o]', 'T', 'strnlen'),
      symbol('libc.a[vfprintf.o]', 'U', 'strnlen'),
      symbol('libc.a[ftw.o]', 'T', 'ftw'),
    ];
    expect(plan([], standard)).toEqual({
      renamed: ['image_end', 'strnlen'],
      aliases: { 'libc.a[strnlen.o]': ['strnlen'] },
    });
  });

  test('a library that only the kernel calls offers no names at all', () => {
    const found = plan([], [], [symbol('liblwip.a[tcp.o]', 'T', 'tcp_write'), symbol('liblwip.a[x.o]', 'T', 'read')]);
    expect(found).toEqual({ renamed: ['image_end', 'read', 'tcp_write'], aliases: {} });
  });

  test('a source that has such a name already is a defect', () => {
    expect(() => plan([symbol('a.o', 'T', '__private_x')])).toThrow('__private_x');
  });
});

test("bitcode's text: names, not words in texts, and an alias for what stays", () => {
  const renames = new Map([
    ['read', '__private_read'],
    ['page', '__private_page'],
    ['pause', '__private_pause'],
  ]);
  const text = [
    '@text = constant [6 x i8] c"@read\\00", align 1',
    'define i64 @read(i32 %0) !dbg !4 {',
    '  call void asm sideeffect "call page+32; read; pause", "~{memory}"()',
    '  %2 = call i64 @reader(ptr @read)',
    '^1 = gv: (name: "read")',
  ];
  expect(bitcodeText(text.join('\n'), renames, ['read'], new Set(['read', 'pause'])).split('\n')).toEqual([
    text[0],
    'define i64 @__private_read(i32 %0) !dbg !4 {',
    '  call void asm sideeffect "call __private_page+32; read; pause", "~{memory}"()',
    '  %2 = call i64 @reader(ptr @__private_read)',
    '@read = weak alias i8, ptr @__private_read',
    '',
  ]);
});

test("declarations in clang's listing: at file scope, whatever is said of them, but for those of each file's own", () => {
  const listing = `TranslationUnitDecl 0x1 <<invalid sloc>> <invalid sloc>
|-FunctionDecl 0x2 </x/stdio.h:1:1, col:9> col:5 used printf 'int (const char *, ...)' extern
| \`-ParmVarDecl 0x3 <col:1> col:2 format 'const char *'
|-FunctionDecl 0x6 <line:1:1> col:5 used be16dec 'uint16_t (const void *)' static inline
|-VarDecl 0x4 <line:2:1, col:15> col:15 environ 'char **' extern
\`-RecordDecl 0x5 <line:3:1, line:4:1> line:3:8 struct own definition
`;
  expect([...namesOf(listing)]).toEqual(['printf', 'environ']);
});
