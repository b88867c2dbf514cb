/**
 * Cross compiler commands in the sysroot's bin/, so that build systems which know nothing of lwd can use it:
 * x86_64-lwd-elf-clang compiles and links by a clang configuration file beside it; ar, ranlib and so on are LLVM's.
 */
import { join } from 'node:path';
import { makeDirectory, writeAtomic } from '../sys/fs.js';
import { cFlags, linkFlags, linkLibraries, llvmRelease, targetFlags, triple } from './target.js';

const binutils = ['ar', 'ranlib', 'nm', 'objcopy', 'objdump', 'strip', 'size', 'readelf', 'addr2line'];

/** Writes the commands into `folder`, which is made. They find the sysroot from where they lie. */
export async function writeCrossCommands(folder: string): Promise<void> {
  await makeDirectory(folder);
  await writeAtomic(join(folder, `${triple}.cfg`), configuration());
  const here = 'here=$(dirname "$(readlink -f "$0")")';
  const compiler = `exec clang-${llvmRelease} --config "$here/${triple}.cfg" "$@"`;
  await writeAtomic(join(folder, `${triple}-clang`), script(here, compiler), 0o755);
  await writeAtomic(join(folder, `${triple}-link`), script(here, linker()), 0o755);
  for (const name of binutils) {
    await writeAtomic(join(folder, `${triple}-${name}`), script(`exec llvm-${name}-${llvmRelease} "$@"`), 0o755);
  }
}

function configuration(): string {
  return [
    ...targetFlags,
    ...cFlags,
    '-isystem <CFGDIR>/../include',
    // clang links for this target by calling the program named here, with gcc's arguments.
    `-B<CFGDIR>`,
    `-ccc-gcc-name ${triple}-link`,
    '-Wno-unused-command-line-argument',
    '',
  ].join('\n');
}

function script(...lines: string[]): string {
  return ['#!/bin/sh', 'set -eu', ...lines, ''].join('\n');
}

/** Passes on what is the linker's of a gcc command line, drops what is the compiler's. */
function linker(): string {
  return `count=$#
while [ "$count" -gt 0 ]; do
  word=$1; shift; count=$((count - 1))
  case $word in
  -Wl,*)
    rest=\${word#-Wl,}
    while [ -n "$rest" ]; do
      set -- "$@" "\${rest%%,*}"
      case $rest in *,*) rest=\${rest#*,} ;; *) rest= ;; esac
    done ;;
  -Xlinker | -o | -L | -l | -u | -e | -T)
    [ "$word" = -Xlinker ] || set -- "$@" "$word"
    set -- "$@" "$1"; shift; count=$((count - 1)) ;;
  -L* | -l* | -u* | -T* | -s | -r) set -- "$@" "$word" ;;
  -isystem | -include | -I | -D | -x | -MF | -MT | -MQ | -ccc-gcc-name | -target) shift; count=$((count - 1)) ;;
  -*) ;;
  *) set -- "$@" "$word" ;;
  esac
done
exec ld.lld-${llvmRelease} ${linkFlags.join(' ')} -T "$here/../lib/image.lds" "$@" -L"$here/../lib" ${linkLibraries.join(' ')}`;
}
