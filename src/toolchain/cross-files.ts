/**
 * What existing build systems are given beside the commands of cross.ts: CMake's toolchain file, Meson's cross file, answers
 * for configure scripts that would have to run a program, and libraries that are empty here.
 */
import { join } from 'node:path';
import { sha256 } from '../sys/digest.js';
import { setMode, writeAtomic } from '../sys/fs.js';
import { type CrossFile, crossCommands, emptyLibraries } from './cross.js';
import { triple } from './target.js';

/** Relative to the sysroot. */
export const cmakeToolchainFile = `share/cmake/${triple}.cmake`;
export const mesonCrossFile = `share/meson/cross/${triple}.ini`;
export const configSite = 'share/config.site';

/** Changes with anything that `writeCrossFiles` writes, wherever the sysroot lies. */
export function crossDigest(): string {
  return sha256(JSON.stringify(crossFiles('')));
}

/** Writes the files of a sysroot that will lie at `folder` into `temporary`. */
export async function writeCrossFiles(temporary: string, folder: string): Promise<void> {
  for (const { path, text, mode } of crossFiles(folder)) {
    await writeAtomic(join(temporary, path), text);
    await setMode(join(temporary, path), mode);
  }
}

function crossFiles(folder: string): CrossFile[] {
  return [
    ...crossCommands(),
    // As `ar` writes an archive of nothing.
    ...emptyLibraries.map((name) => plain(`lib/lib${name}.a`, '!<arch>\n')),
    plain(cmakeToolchainFile, cmakeToolchain()),
    plain('share/cmake/Platform/lwd.cmake', cmakePlatform),
    plain(mesonCrossFile, mesonCross(folder)),
    plain(configSite, siteAnswers),
  ];
}

function plain(path: string, text: string): CrossFile {
  return { path, text, mode: 0o644 };
}

function cmakeToolchain(): string {
  const tools = ['AR', 'RANLIB', 'NM', 'OBJCOPY', 'OBJDUMP', 'STRIP', 'READELF', 'ADDR2LINE'].map(
    (name) => `set(CMAKE_${name} "\${LWD_SYSROOT}/bin/${triple}-${name.toLowerCase()}" CACHE FILEPATH "")`,
  );
  return `# lwd: programs for Xen domains. cmake -DCMAKE_TOOLCHAIN_FILE=this, or \`lwd env -- cmake ...\`.
get_filename_component(LWD_SYSROOT "\${CMAKE_CURRENT_LIST_DIR}/../.." ABSOLUTE)
set(CMAKE_SYSTEM_NAME lwd)
set(CMAKE_SYSTEM_VERSION 1)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
list(APPEND CMAKE_MODULE_PATH "\${CMAKE_CURRENT_LIST_DIR}")
set(CMAKE_C_COMPILER "\${LWD_SYSROOT}/bin/${triple}-clang")
set(CMAKE_CXX_COMPILER "\${LWD_SYSROOT}/bin/${triple}-clang++")
set(CMAKE_ASM_COMPILER "\${LWD_SYSROOT}/bin/${triple}-clang")
${tools.join('\n')}
set(PKG_CONFIG_EXECUTABLE "\${LWD_SYSROOT}/bin/${triple}-pkg-config" CACHE FILEPATH "")
# Programs are this machine's, everything else is the target's.
list(APPEND CMAKE_FIND_ROOT_PATH "\${LWD_SYSROOT}")
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
`;
}

const cmakePlatform = `# A POSIX system in which everything is linked into one image.
set(UNIX 1)
set_property(GLOBAL PROPERTY TARGET_SUPPORTS_SHARED_LIBS FALSE)
set(CMAKE_DL_LIBS "")
set(CMAKE_FIND_LIBRARY_PREFIXES lib)
set(CMAKE_FIND_LIBRARY_SUFFIXES .a)
list(APPEND CMAKE_SYSTEM_PREFIX_PATH /)
`;

function mesonCross(folder: string): string {
  const binary = (key: string, name: string) => `${key} = ${quoted(join(folder, `bin/${triple}-${name}`))}`;
  const binaries = ['ar', 'ranlib', 'nm', 'objcopy', 'strip'].map((name) => binary(name, name));
  return `# lwd: programs for Xen domains. meson setup --cross-file this.
[binaries]
${binary('c', 'clang')}
${binary('cpp', 'clang++')}
${binaries.join('\n')}
${binary('pkgconfig', 'pkg-config')}
${binary('pkg-config', 'pkg-config')}

[host_machine]
system = 'lwd'
cpu_family = 'x86_64'
cpu = 'x86_64'
endian = 'little'

[properties]
needs_exe_wrapper = true

[built-in options]
default_library = 'static'
b_pie = false
b_staticpic = false
`;
}

/** Meson's strings, in which only these two have a meaning of their own. */
function quoted(text: string): string {
  return `'${text.replaceAll(/['\\]/g, '\\$&')}'`;
}

/** What a configure script asks by running a program: it cannot, and would assume the worst. */
const siteAnswers = `# lwd: answers for configure scripts (CONFIG_SITE). Shell.
case "\${host_alias:-}" in
${triple})
  ac_cv_func_malloc_0_nonnull=yes
  ac_cv_func_calloc_0_nonnull=yes
  ac_cv_func_realloc_0_nonnull=no
  ac_cv_func_memcmp_working=yes
  ac_cv_func_strnlen_working=yes
  ac_cv_func_working_mktime=yes
  ac_cv_func_fork_works=no
  ac_cv_func_vfork_works=no
  ;;
esac
`;
