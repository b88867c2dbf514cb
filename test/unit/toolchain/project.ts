/** A project, a sysroot and tools that are nowhere, for tests of plans. */
import { join } from 'node:path';
import type { Project } from '../../../src/config/model.js';
import type { Sysroot } from '../../../src/toolchain/sysroot.js';
import type { Tools } from '../../../src/toolchain/tools.js';

const tool = (name: string) => ({ name, path: `/usr/bin/${name}`, version: '19.1.7' });
export const tools: Tools = {
  clang: tool('clang-19'),
  lld: tool('ld.lld-19'),
  ar: tool('llvm-ar-19'),
  strip: tool('llvm-strip-19'),
  ninja: tool('ninja'),
};
export const sysroot: Sysroot = {
  folder: '/cache/sysroots/k',
  key: 'k',
  record: { version: 1, compiler: 'clang', lto: false, kernelFlags: [], sources: [], builtinsLeftOut: [] },
};

export function project(root: string, build: Partial<Project['build']> = {}): Project {
  return {
    root,
    name: 'app',
    build: {
      sources: [join(root, 'src/main.c')],
      external: undefined,
      include: [],
      flags: [],
      libraries: [],
      profile: 'release',
      ...build,
    },
    files: [],
    volumes: [],
    disks: [],
    network: [],
    args: [],
    env: {},
    domain: { type: 'auto', vcpus: 1, memory: 1, maxmem: 1, cpus: undefined, on_crash: 'destroy' },
    posix: 'lax',
    domains: [],
    host: undefined,
  };
}
