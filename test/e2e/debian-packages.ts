/**
 * Programs from Debian's packages that a test runs for real, unpacked into a folder of lwd's cache: nothing is installed, no
 * service is started by a package, and what the machine has of the same is not touched. Where they cannot be had this throws: a
 * machine without them has not tested that part.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * The folder with the packages, and what they need that this machine lacks, of this machine's release. `name`: of the cache's
 * part.
 */
export function unpackedPackages(
  name: string,
  packages: readonly string[],
  finish: (root: string) => void = () => {},
): string {
  const cache = process.env.XDG_CACHE_HOME?.startsWith('/') ? process.env.XDG_CACHE_HOME : join(homedir(), '.cache');
  const release = /^VERSION_ID="?([\w.]+)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'testing';
  const folder = join(cache, 'lwd', name);
  const root = join(folder, `debian-${release}`);
  if (existsSync(root)) return root;
  mkdirSync(folder, { recursive: true });
  const work = mkdtempSync(join(folder, 'new-'));
  try {
    const made = unpackInto(work, packages);
    finish(made);
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

function unpackInto(work: string, packages: readonly string[]): string {
  try {
    download(work, packages);
  } catch {
    // As `lwd doctor --fix`: a fresh machine has no lists of packages, an old one names versions that are gone.
    const update = ['apt-get', 'update'];
    must(process.getuid?.() === 0 ? update : ['sudo', '-n', ...update], work);
    download(work, packages);
  }
  const root = join(work, 'root');
  for (const file of [...readdirSync(work), ...readdirSync(join(work, 'archives')).map((name) => `archives/${name}`)]) {
    if (file.endsWith('.deb')) must(['dpkg-deb', '--extract', join(work, file), root], work);
  }
  return root;
}

/** The packages themselves, whether they are installed or not, and libraries of other packages that this machine lacks. */
function download(work: string, packages: readonly string[]): void {
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
  throw new Error(`packages without which something is not tested: ${command} ${args.join(' ')}: ${said}`);
}
