import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { copyBuiltins, redZoneUsers } from '../../../src/toolchain/base.js';
import { llvmRelease, targetFlags } from '../../../src/toolchain/target.js';
import { folderWith } from '../config/project.js';

const leaf = 'int NAME(volatile int x) { volatile int a[4]; a[x & 3] = x; return a[1]; }\n';

describe('members that use the red zone', () => {
  test('are told from those that do not, in what the disassembler prints', () => {
    const listing = `
lib.a(one.c.o):\tfile format elf64-x86-64
       0:\tmovq\t%rsp, %rbp
       4:\tmovl\t-0x8(%rbp), %eax
lib.a(two.c.o):\tfile format elf64-x86-64
       0:\tmovl\t%edi, -0x4(%rsp)
lib.a(three.S.o):\tfile format elf64-x86-64
       0:\tmovl\t%edi, -0x18(%rsp,%rax,4)
lib.a(four.c.o):\tfile format elf64-x86-64
0000000000000000 <four>:
       0:\tsubq\t$0x20, %rsp
       4:\tmovzbl\t-0x1(%rsp,%rax), %edi
`;
    expect(redZoneUsers(listing)).toEqual(['three.S.o', 'two.c.o']);
  });

  test('are left out of a copy, with the real compiler', async () => {
    const folder = folderWith({ 'safe.c': leaf.replace('NAME', 'safe'), 'unsafe.c': leaf.replace('NAME', 'unsafe') });
    const compile = (name: string, flags: readonly string[]) =>
      execFileSync(`clang-${llvmRelease}`, [...flags, '-O2', '-c', `${name}.c`, '-o', `${name}.o`], { cwd: folder });
    compile('safe', targetFlags);
    compile('unsafe', ['--target=x86_64-unknown-none-elf', '-fomit-frame-pointer']);
    execFileSync(`llvm-ar-${llvmRelease}`, ['rcsD', 'in.a', 'safe.o', 'unsafe.o'], { cwd: folder });
    expect(await copyBuiltins(join(folder, 'in.a'), join(folder, 'out.a'))).toEqual(['unsafe.o']);
    const members = execFileSync(`llvm-ar-${llvmRelease}`, ['t', 'out.a'], { cwd: folder, encoding: 'utf8' });
    expect(members).toBe('safe.o\n');
  });
});
