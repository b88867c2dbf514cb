/**
 * Slurm's and munge's programs from Debian's packages, unpacked into a folder of lwd's cache: nothing is installed, no service is
 * started by a package, and a Slurm that the machine has is not touched. Where they cannot be had this throws: a machine without
 * them has not tested the batch part.
 */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const packages = ['slurmctld', 'slurmd', 'slurm-client', 'slurm-wlm-basic-plugins', 'munge', 'libmunge2'];

export interface SlurmPrograms {
  /** Folders for PATH, and for LD_LIBRARY_PATH. */
  path: string;
  libraries: string;
  plugins: string;
  slurmstepd: string;
}

export function slurmPrograms(): SlurmPrograms {
  const root = unpacked();
  const libraries = join(root, 'usr/lib', `${process.arch === 'x64' ? 'x86_64' : process.arch}-linux-gnu`);
  const plugins = join(libraries, 'slurm-wlm');
  return {
    path: `${join(root, 'usr/bin')}:${join(root, 'usr/sbin')}`,
    libraries: `${libraries}:${plugins}`,
    plugins,
    slurmstepd: join(root, 'usr/sbin/slurmstepd'),
  };
}

function unpacked(): string {
  const cache = process.env.XDG_CACHE_HOME?.startsWith('/') ? process.env.XDG_CACHE_HOME : join(homedir(), '.cache');
  const release = /^VERSION_ID="?([\w.]+)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'testing';
  const folder = join(cache, 'lwd/test-slurm');
  const root = join(folder, `debian-${release}`);
  if (existsSync(root)) return root;
  mkdirSync(folder, { recursive: true });
  const work = mkdtempSync(join(folder, 'new-'));
  try {
    const made = unpackInto(work);
    try {
      renameSync(made, root);
    } catch (error) {
      // Somebody else was quicker.
      if (!existsSync(root)) throw error;
    }
    return root;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function unpackInto(work: string): string {
  try {
    download(work);
  } catch {
    // As `lwd doctor --fix`: a fresh machine has no lists of packages, an old one names versions that are gone.
    const update = ['apt-get', 'update'];
    must(process.getuid?.() === 0 ? update : ['sudo', '-n', ...update], work);
    download(work);
  }
  const root = join(work, 'root');
  for (const file of [...readdirSync(work), ...readdirSync(join(work, 'archives')).map((name) => `archives/${name}`)]) {
    if (file.endsWith('.deb')) must(['dpkg-deb', '--extract', join(work, file), root], work);
  }
  // What the packages' own scripts would do by update-alternatives.
  for (const name of ['slurmd', 'slurmctld', 'slurmstepd']) {
    if (!existsSync(join(root, 'usr/sbin', name))) symlinkSync(`${name}-wlm`, join(root, 'usr/sbin', name));
  }
  return root;
}

/** The packages themselves, whether they are installed or not, and libraries of other packages that this machine lacks. */
function download(work: string): void {
  mkdirSync(join(work, 'archives/partial'), { recursive: true });
  must(['apt-get', 'download', ...packages], work);
  const options = [`Dir::Cache::archives=${join(work, 'archives')}`, 'Debug::NoLocking=1'].flatMap((option) => [
    '-o',
    option,
  ]);
  must(['apt-get', 'install', '--download-only', '--yes', '--no-install-recommends', ...options, ...packages], work);
}

function must([command = '', ...args]: readonly string[], cwd: string): void {
  const { status, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8', timeout: 300_000 });
  if (status === 0) return;
  const said = error?.message ?? stderr.trim().split('\n').slice(-4).join('\n');
  throw new Error(
    `the packages of Slurm, without which batch jobs are not tested: ${command} ${args.join(' ')}: ${said}`,
  );
}
