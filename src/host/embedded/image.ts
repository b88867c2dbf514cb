/**
 * Builds the embedded host's image, once: Debian packages → dom0's tree → initramfs, beside Xen and Linux. The result
 * is a folder below the cache, named by the recipe's key:
 *
 *   xen  vmlinuz  initramfs      what QEMU boots
 *   guest-modules/               drivers for Linux domains on that vmlinuz; `order` there lists them as they are to be loaded
 *   id_ed25519  known_hosts      the only key that its sshd takes, and its own
 *   image.json                   what it was built from; written last, so a folder that has it is whole
 *   <machine key>/               saved states, see snapshot.ts
 */
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { HostError } from '../../errors.js';
import { debianMirror } from '../../sys/apt.js';
import { sleep, wallText } from '../../sys/clock.js';
import { sha256File } from '../../sys/digest.js';
import { exec, orThrow } from '../../sys/exec.js';
import { fingerprint } from '../../sys/fingerprint.js';
import * as fs from '../../sys/fs.js';
import { removeLeftBehind, temporaryNames } from '../../sys/left-behind.js';
import { withLock } from '../../sys/lock.js';
import { packageRoot } from '../../sys/package-root.js';
import { cacheDirectory } from '../../sys/places.js';
import type { HostProgress } from '../host.js';
import { copyModules, makeDom0Tree, runInTree } from './dom0-tree.js';
import { digest, imageKey, imageRecipe } from './recipe.js';

export interface HostImage {
  key: string;
  /** Absolute path of the image's folder. */
  folder: string;
  /** Package → version, of every package that went in. */
  packages: Record<string, string>;
  built: string;
}

export function hostsDirectory(): string {
  return join(cacheDirectory(), 'hosts');
}

/** Where the image with this key is, or would be. */
export function imageFolder(key: string): string {
  return join(hostsDirectory(), key);
}

/** The image of this recipe: found in the cache, or built (about a minute, most of it download). */
export async function ensureImage(progress: HostProgress, signal?: AbortSignal): Promise<HostImage> {
  const key = await presentKey();
  const folder = imageFolder(key);
  const present = await readImage(key, folder);
  if (present !== undefined) return present;
  const build = async () => (await readImage(key, folder)) ?? (await buildImage(key, folder, progress, signal));
  return withLock(join(hostsDirectory(), `${key}.lock`), build, signal);
}

/** The key of the image that this lwd would build. */
export async function presentKey(): Promise<string> {
  return imageKey(await dom0Files());
}

/**
 * Whether an instance's image is the one that this lwd would build. `seen` is what sourcesSeen() gave when it was started: if
 * that has not changed, nothing has to be read.
 */
export async function isPresent(image: string, seen: string | undefined): Promise<boolean> {
  return (seen !== undefined && seen === sourcesSeen()) || image === (await presentKey());
}

/** What the recipe and the files of dom0 look like from outside. */
export function sourcesSeen(): string {
  const files = fingerprint({ trees: [dom0Root()], files: [], without: [], limit: 1000 });
  return digest([imageRecipe, files ?? null]);
}

/** The image of this recipe if it is in the cache. */
export async function findImage(): Promise<HostImage | undefined> {
  const key = await presentKey();
  return readImage(key, imageFolder(key));
}

/** Removes the image of this recipe, its saved states too, so that the next start builds it from today's packages. */
export async function removeImage(signal?: AbortSignal): Promise<void> {
  const key = await presentKey();
  await withLock(join(hostsDirectory(), `${key}.lock`), () => fs.remove(imageFolder(key)), signal);
}

function dom0Root(): string {
  return join(packageRoot(), 'dom0/root');
}

async function dom0Files(): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const file of await fs.listTree(dom0Root())) found[file] = await sha256File(join(dom0Root(), file));
  return found;
}

async function readImage(key: string, folder: string): Promise<HostImage | undefined> {
  const record = await fs.readJson(join(folder, 'image.json'));
  if (typeof record !== 'object' || record === null || !('packages' in record) || !('built' in record))
    return undefined;
  return { key, folder, packages: record.packages as Record<string, string>, built: String(record.built) };
}

async function buildImage(
  key: string,
  folder: string,
  progress: HostProgress,
  signal: AbortSignal | undefined,
): Promise<HostImage> {
  await fs.makeDirectory(hostsDirectory(), 0o700);
  await removeLeftBehind(hostsDirectory(), temporaryNames);
  const work = fs.temporaryName(folder);
  await fs.makeDirectory(work, 0o700);
  try {
    progress('downloading Xen and Linux for the embedded host (Debian packages, once)');
    const packages = await fetchPackages(work, signal);
    progress("packing the embedded host's dom0");
    const tree = join(work, 'packages');
    const root = join(work, 'root');
    await makeDom0Tree(tree, dom0Root(), root);
    await makeKeys(tree, root, work);
    await takeKernels(tree, work);
    const guestModules = join(work, 'guest-modules');
    await fs.writeAtomic(join(guestModules, 'order'), await copyModules(tree, imageRecipe.guestModules, guestModules));
    await packInitramfs(root, work);
    for (const done of ['packages', 'root']) await fs.remove(join(work, done));
    const built = wallText();
    await fs.writeAtomic(join(work, 'image.json'), `${JSON.stringify({ key, built, packages }, undefined, 2)}\n`);
    // What a build that was cut off may have left under the name.
    await fs.remove(folder);
    await fs.rename(work, folder);
    return { key, folder, packages, built };
  } finally {
    await fs.remove(work);
  }
}

/** Unpacks the packages below `work`/packages, documentation left out; gives their versions. */
async function fetchPackages(work: string, signal: AbortSignal | undefined): Promise<Record<string, string>> {
  const { packages, suite } = imageRecipe;
  const archive = join(work, 'packages.tar');
  const mirror = await debianMirror();
  const command = [
    'mmdebstrap',
    // Only unpacks, runs nothing of the packages: needs no root and no user namespaces.
    ...[
      '--quiet',
      '--mode=chrootless',
      '--variant=extract',
      '--architectures=amd64',
      `--include=${packages.join(',')}`,
    ],
    // Runs outside of the tree, with the tree as its argument; the names of the archives tell the versions.
    ...['--extract-hook=ls "$1"/var/cache/apt/archives >"$LWD_PACKAGE_LIST"'],
    ...[suite, archive],
    ...(mirror === undefined ? [] : [mirror]),
  ] as [string, ...string[]];
  const list = join(work, 'packages.list');
  // What it leaves when it is broken off goes with the work folder.
  const attempt = () =>
    exec(command, {
      timeout: 900_000,
      env: { LWD_PACKAGE_LIST: list, TMPDIR: work },
      ...(signal === undefined ? {} : { signal }),
    });
  let result = await attempt();
  if (result.exitCode !== 0 && !result.aborted && result.startError === undefined) {
    // A mirror in the middle of an update answers 404 for what it has a little later.
    await sleep(5000, signal);
    await fs.remove(archive);
    result = await attempt();
  }
  signal?.throwIfAborted();
  if (result.startError !== undefined) {
    throw new HostError('the embedded host needs mmdebstrap, and it is not installed', {
      next: ['sudo apt-get install mmdebstrap', 'or: lwd doctor --fix'],
    });
  }
  orThrow(result, `downloading the packages of the embedded host (Debian ${suite})`);
  await fs.makeDirectory(join(work, 'packages'));
  const without = ['./usr/share', './usr/lib/python3*', './usr/lib/firmware', './dev/*'].map(
    (path) => `--exclude=${path}`,
  );
  const unpack = ['tar', '-x', '-f', archive, '-C', join(work, 'packages'), '--no-same-owner', ...without] as const;
  orThrow(await exec(unpack as unknown as [string], { timeout: 120_000 }), 'unpacking the packages');
  await fs.remove(archive);
  return packageVersions((await fs.readText(list)) ?? '');
}

/** Names of package archives, one a line ("xl_4.20.5-1_amd64.deb", a colon written as %3a) → versions. */
export function packageVersions(listing: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const line of listing.split('\n')) {
    const match = /^([^_]+)_([^_]+)_[^_]+\.deb$/.exec(line);
    if (match?.[1] && match[2]) found[match[1]] = decodeURIComponent(match[2]);
  }
  return found;
}

/** The key that lwd logs in with, and dom0's own, so that each knows the other for certain. */
async function makeKeys(tree: string, root: string, work: string): Promise<void> {
  const identity = join(work, 'id_ed25519');
  const generate = ['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'lwd', '-f', identity] as const;
  orThrow(await exec(generate, { timeout: 20_000 }), "making the embedded host's ssh key");
  const authorized = join(root, 'root/.ssh/authorized_keys');
  await fs.writeAtomic(authorized, (await fs.readText(`${identity}.pub`)) ?? '', 0o600);
  await fs.setMode(join(root, 'root/.ssh'), 0o700);
  await fs.setMode(join(root, 'root'), 0o700);
  const hostKey = join(root, 'etc/dropbear/host_key');
  await fs.makeDirectory(join(root, 'etc/dropbear'));
  const output = await runInTree(tree, 'usr/bin/dropbearkey', ['-t', 'ed25519', '-f', hostKey], 'dropbearkey');
  const publicKey = /^ssh-ed25519 \S+/m.exec(output)?.[0];
  if (publicKey === undefined) throw new Error(`dropbearkey printed no public key: ${output}`);
  await fs.writeAtomic(join(work, 'known_hosts'), `lwd-embedded ${publicKey}\n`);
}

async function takeKernels(tree: string, work: string): Promise<void> {
  const names = await fs.list(join(tree, 'boot'));
  const find = (pattern: RegExp): string => {
    const name = names.find((candidate) => pattern.test(candidate));
    if (name === undefined) throw new Error(`no ${pattern} in the packages' /boot: ${names.join(' ')}`);
    return join(tree, 'boot', name);
  };
  await fs.copyFile(find(/^vmlinuz-/), join(work, 'vmlinuz'));
  const xen = await fs.readBytes(find(/^xen-.*\.gz$/));
  // QEMU's multiboot loader takes an ELF, not a compressed one.
  await fs.writeAtomic(join(work, 'xen'), gunzipSync(xen ?? new Uint8Array()));
}

/** Packs dom0's tree. Owners become root; names are sorted; no date, so that nothing but content counts. */
async function packInitramfs(root: string, work: string): Promise<void> {
  const text =
    'cd "$1" && find . -mindepth 1 | LC_ALL=C sort | cpio --quiet -o -H newc -R 0:0 | zstd -q -10 -T0 -o "$2"';
  const pack = ['sh', '-c', text, 'sh', root, join(work, 'initramfs')] as const;
  orThrow(await exec(pack, { timeout: 120_000 }), "packing the embedded host's initramfs");
}
