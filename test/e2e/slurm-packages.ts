/** Slurm's and munge's programs. */
import { cpSync, existsSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { unpackedPackages } from './debian-packages.js';

const packages = ['slurmctld', 'slurmd', 'slurm-client', 'slurm-wlm-basic-plugins', 'munge', 'libmunge2'];

export interface SlurmPrograms {
  /** Folders for PATH, and for LD_LIBRARY_PATH. */
  path: string;
  libraries: string;
  plugins: string;
  slurmstepd: string;
}

/** Copied to a folder that is not there yet. */
export function slurmPrograms(root: string): SlurmPrograms {
  cpSync(unpackedPackages('test-slurm', packages, linkNames), root, { recursive: true, verbatimSymlinks: true });
  const libraries = join(root, 'usr/lib', `${process.arch === 'x64' ? 'x86_64' : process.arch}-linux-gnu`);
  const plugins = join(libraries, 'slurm-wlm');
  return {
    path: `${join(root, 'usr/bin')}:${join(root, 'usr/sbin')}`,
    libraries: `${libraries}:${plugins}`,
    plugins,
    slurmstepd: join(root, 'usr/sbin/slurmstepd'),
  };
}

/** For CPATH: the headers that plugins of that Slurm are compiled with. */
export function slurmHeaders(): string {
  return join(unpackedPackages('test-slurm-headers', ['libslurm-dev']), 'usr/include');
}

/** What the packages' own scripts would do by update-alternatives. */
function linkNames(root: string): void {
  for (const name of ['slurmd', 'slurmctld', 'slurmstepd']) {
    if (!existsSync(join(root, 'usr/sbin', name))) symlinkSync(`${name}-wlm`, join(root, 'usr/sbin', name));
  }
}
