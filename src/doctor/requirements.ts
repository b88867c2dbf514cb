/**
 * What lwd needs of the machine that it runs on: programs and files, what each is for, and the Debian package that
 * brings it. Pure data. The same names in Debian 12 and 13.
 */
import { llvmRelease } from '../toolchain/target.js';

export interface Requirement {
  /** A program's name, looked for on PATH, or an absolute path of a file. */
  name: string;
  package: string;
  /** For what: the build, a host that is elsewhere, the embedded one only, or projects that bring a build system of their own. */
  for: 'build' | 'host' | 'embedded' | 'build systems';
  /** Arguments that have the program tell its version, undefined if it cannot. */
  versionArguments?: readonly string[];
}

const version = { versionArguments: ['--version'] } as const;

export const requirements: readonly Requirement[] = [
  { name: `clang-${llvmRelease}`, package: `clang-${llvmRelease}`, for: 'build', ...version },
  { name: `ld.lld-${llvmRelease}`, package: `lld-${llvmRelease}`, for: 'build', ...version },
  { name: `llvm-ar-${llvmRelease}`, package: `llvm-${llvmRelease}`, for: 'build', ...version },
  { name: `llvm-symbolizer-${llvmRelease}`, package: `llvm-${llvmRelease}`, for: 'build', ...version },
  {
    name: `/usr/lib/llvm-${llvmRelease}/lib/clang/${llvmRelease}/lib/linux/libclang_rt.builtins-x86_64.a`,
    package: `libclang-rt-${llvmRelease}-dev`,
    for: 'build',
  },
  { name: '/usr/include/xen/xen.h', package: 'libxen-dev', for: 'build' },
  { name: 'ninja', package: 'ninja-build', for: 'build', ...version },
  { name: 'make', package: 'make', for: 'build', ...version },
  { name: '/usr/lib/apt/apt-helper', package: 'apt', for: 'build' },
  { name: 'tar', package: 'tar', for: 'build', ...version },
  { name: 'xz', package: 'xz-utils', for: 'build', ...version },
  { name: 'cmake', package: 'cmake', for: 'build systems', ...version },
  { name: 'meson', package: 'meson', for: 'build systems', ...version },
  { name: 'autoreconf', package: 'autoconf', for: 'build systems', ...version },
  { name: 'aclocal', package: 'automake', for: 'build systems', ...version },
  { name: 'pkg-config', package: 'pkgconf', for: 'build systems', ...version },
  { name: 'ssh', package: 'openssh-client', for: 'host', versionArguments: ['-V'] },
  { name: 'flock', package: 'util-linux', for: 'build', ...version },
  { name: 'qemu-system-x86_64', package: 'qemu-system-x86', for: 'embedded', ...version },
  { name: 'mmdebstrap', package: 'mmdebstrap', for: 'embedded', ...version },
  { name: '/usr/share/keyrings/debian-archive-keyring.gpg', package: 'debian-archive-keyring', for: 'embedded' },
  { name: 'cpio', package: 'cpio', for: 'embedded', ...version },
  { name: 'zstd', package: 'zstd', for: 'embedded', ...version },
  { name: 'ssh-keygen', package: 'openssh-client', for: 'embedded' },
];
