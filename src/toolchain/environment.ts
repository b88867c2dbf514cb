/** The environment in which an existing build system makes programs for lwd: what `lwd env` prints. */
import { join } from 'node:path';
import { cmakeToolchainFile, configSite, mesonCrossFile } from './cross-files.js';
import type { Sysroot } from './sysroot.js';
import { triple } from './target.js';

export interface CrossEnvironment {
  triple: string;
  /** Absolute paths. */
  sysroot: string;
  cmakeToolchainFile: string;
  mesonCrossFile: string;
  /** Variables to be set; PATH is what is put ahead of the caller's own. */
  path: string;
  variables: Record<string, string>;
}

/** Pure. The commands are named without their folder: build systems write them into files, and split them at blanks. */
export function crossEnvironment(sysroot: Sysroot): CrossEnvironment {
  const { folder } = sysroot;
  const name = (tool: string) => `${triple}-${tool}`;
  return {
    triple,
    sysroot: folder,
    cmakeToolchainFile: join(folder, cmakeToolchainFile),
    mesonCrossFile: join(folder, mesonCrossFile),
    path: join(folder, 'bin'),
    variables: {
      CC: name('clang'),
      CXX: name('clang++'),
      CPP: name('cpp'),
      AR: name('ar'),
      RANLIB: name('ranlib'),
      NM: name('nm'),
      STRIP: name('strip'),
      OBJCOPY: name('objcopy'),
      OBJDUMP: name('objdump'),
      READELF: name('readelf'),
      LD: name('ld'),
      PKG_CONFIG: name('pkg-config'),
      PKG_CONFIG_LIBDIR: `${join(folder, 'lib/pkgconfig')}:${join(folder, 'share/pkgconfig')}`,
      CONFIG_SITE: join(folder, configSite),
      CMAKE_TOOLCHAIN_FILE: join(folder, cmakeToolchainFile),
      LWD_SYSROOT: folder,
      LWD_MESON_CROSS_FILE: join(folder, mesonCrossFile),
    },
  };
}

/** The variables and PATH together, for a process whose own PATH is `path`. */
export function processEnvironment(cross: CrossEnvironment, path: string | undefined): Record<string, string> {
  return { ...cross.variables, PATH: path ? `${cross.path}:${path}` : cross.path };
}
