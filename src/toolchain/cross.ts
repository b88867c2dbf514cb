/**
 * Cross compiler commands in the sysroot's bin/, so that build systems which know nothing of lwd can use it:
 * x86_64-lwd-elf-clang (-cc, -gcc) compiles and links by a clang configuration file beside it; ar, ranlib and so on are
 * LLVM's. They find the sysroot from where they lie.
 *
 * Two variables are lwd's own word to them when it runs a project's build system (external.ts): LWD_FILE_PREFIX is a folder
 * whose name is kept out of what is compiled, LWD_EMIT_RELOCATIONS has the linker keep relocations for the report of calls.
 */
import { applicationFlags, cFlags, linkFlags, linkLibraries, llvmRelease, targetFlags, triple } from './target.js';

export interface CrossFile {
  /** Relative to the sysroot. */
  path: string;
  text: string;
  mode: number;
}

const binutils = ['ar', 'ranlib', 'nm', 'objcopy', 'objdump', 'strip', 'size', 'readelf', 'addr2line', 'strings'];

/** Libraries that programs name and whose functions are in the C library: archives without members. */
export const emptyLibraries: readonly string[] = ['pthread', 'rt', 'dl'];

const here = 'here=$(dirname "$(readlink -f "$0")")';

/** C++ without its library: enough for build systems that ask for a compiler and do not use it, and for plain classes. */
const cxxFlags = ['-nostdinc++', '-nostdlib++', '-fno-exceptions', '-fno-rtti'];

export function crossCommands(): CrossFile[] {
  return [
    { path: `bin/${triple}.cfg`, text: configuration([]), mode: 0o644 },
    { path: `bin/${triple}++.cfg`, text: configuration(cxxFlags), mode: 0o644 },
    ...['clang', 'cc', 'gcc'].map((name) => command(name, here, compiler('clang', `${triple}.cfg`))),
    ...['clang++', 'c++', 'g++'].map((name) => command(name, here, compiler('clang++', `${triple}++.cfg`))),
    command('cpp', here, `exec "$here/${triple}-clang" -E "$@"`),
    command('link', here, linker()),
    command('ld', here, `exec ld.lld-${llvmRelease} -L"$here/../lib" "$@"`),
    command('pkg-config', here, packageConfig()),
    ...binutils.map((name) => command(name, `exec llvm-${name}-${llvmRelease} "$@"`)),
  ];
}

function command(name: string, ...lines: string[]): CrossFile {
  return { path: `bin/${triple}-${name}`, text: ['#!/bin/sh', 'set -eu', ...lines, ''].join('\n'), mode: 0o755 };
}

function configuration(more: readonly string[]): string {
  return [
    ...targetFlags,
    ...cFlags,
    ...applicationFlags,
    ...more,
    '-isystem <CFGDIR>/../include',
    // clang links for this target by calling the program named here, with gcc's arguments.
    `-B<CFGDIR>`,
    `-ccc-gcc-name ${triple}-link`,
    // Build systems give all commands all flags, and warnings on top.
    '-Qunused-arguments',
    '',
  ].join('\n');
}

function compiler(program: string, configurationName: string): string {
  return `set -- "-ffile-prefix-map=$here/../include=/lwd/sysroot/include" "$@"
[ -z "\${LWD_FILE_PREFIX:-}" ] || set -- "-ffile-prefix-map=$LWD_FILE_PREFIX=." "$@"
exec ${program}-${llvmRelease} --config "$here/${configurationName}" "$@"`;
}

/** Libraries for the target alone: what this machine has must not be found. */
function packageConfig(): string {
  return `: "\${PKG_CONFIG_LIBDIR=$here/../lib/pkgconfig:$here/../share/pkgconfig}"
export PKG_CONFIG_LIBDIR
exec pkg-config --static "$@"`;
}

/**
 * Passes on what is the linker's of a gcc command line, drops what is the compiler's. What a domain cannot have is refused
 * in words: build systems ask by trying.
 */
function linker(): string {
  return `count=$#
partial=
while [ "$count" -gt 0 ]; do
  word=$1; shift; count=$((count - 1))
  case $word in
  -Wl,*)
    rest=\${word#-Wl,}
    while [ -n "$rest" ]; do
      set -- "$@" "\${rest%%,*}"
      case $rest in *,*) rest=\${rest#*,} ;; *) rest= ;; esac
    done ;;
  -shared | -dynamiclib)
    echo "${triple}: there are no shared libraries in a domain: build static ones" >&2
    exit 1 ;;
  -Xlinker | -o | -L | -l | -u | -e | -T | -z)
    [ "$word" = -Xlinker ] || set -- "$@" "$word"
    set -- "$@" "$1"; shift; count=$((count - 1)) ;;
  -r) partial=yes; set -- "$@" "$word" ;;
  -L* | -l* | -u* | -T* | -s) set -- "$@" "$word" ;;
  -isystem | -include | -I | -D | -x | -MF | -MT | -MQ | -ccc-gcc-name | -target) shift; count=$((count - 1)) ;;
  -*) ;;
  *) set -- "$@" "$word" ;;
  esac
done
[ -z "$partial" ] || exec ld.lld-${llvmRelease} "$@"
[ -z "\${LWD_EMIT_RELOCATIONS:-}" ] || set -- --emit-relocs "$@"
exec ld.lld-${llvmRelease} ${linkFlags.join(' ')} -T "$here/../lib/image.lds" "$@" -L"$here/../lib" ${linkLibraries.join(' ')}`;
}
