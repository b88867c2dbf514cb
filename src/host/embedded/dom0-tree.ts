/**
 * From unpacked Debian packages to dom0's file tree: chosen programs with the libraries that they need, chosen kernel
 * modules with theirs, and lwd's own files over all. Leaves fetching and packing to image.ts.
 *
 * Programs of the unpacked tree (ldd's loader, depmod, dropbearkey) run right there, by the tree's own loader and
 * libraries, so that the machine itself needs none of them.
 */
import { dirname, join, relative } from 'node:path';
import { ToolError } from '../../errors.js';
import { exec, orThrow } from '../../sys/exec.js';
import * as fs from '../../sys/fs.js';
import { imageRecipe } from './recipe.js';

const loader = 'usr/lib64/ld-linux-x86-64.so.2';
const libraryPath = ['usr/lib/x86_64-linux-gnu'];

/** Runs a program of the tree. */
export async function runInTree(tree: string, program: string, args: string[], name?: string): Promise<string> {
  const command = [
    join(tree, loader),
    '--library-path',
    libraryPath.map((path) => join(tree, path)).join(':'),
  ] as const;
  const as = name === undefined ? [] : ['--argv0', name];
  const result = await exec([...command, ...as, join(tree, program), ...args], { timeout: 60_000 });
  return orThrow(result, `running ${program} of the downloaded packages`).stdout;
}

export async function makeDom0Tree(packages: string, dom0Files: string, target: string): Promise<void> {
  for (const folder of ['dev', 'proc', 'sys', 'run', 'tmp', 'root', 'usr/lib64', 'usr/sbin', 'usr/bin', 'etc', 'var']) {
    await fs.makeDirectory(join(target, folder));
  }
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) await fs.makeSymlink(`usr/${name}`, join(target, name));
  await fs.makeSymlink('../run', join(target, 'var/run'));
  for (const folder of ['var/lib/xen', 'var/lib/xenstored', 'var/lock', 'var/log/xen/console', 'var/tmp']) {
    await fs.makeDirectory(join(target, folder));
  }
  await copyPrograms(packages, target);
  const modules = await copyModules(packages, imageRecipe.modules, join(target, 'usr/lib/modules'));
  await fs.writeAtomic(join(target, 'etc/lwd-modules'), modules);
  for (const file of await fs.listTree(dom0Files)) await copyInto(join(dom0Files, file), join(target, file));
}

async function copyInto(from: string, to: string): Promise<void> {
  const source = await fs.realPath(from);
  if (source === undefined) throw new ToolError(`the packages hold no ${from}`, { command: ['mmdebstrap'] });
  await fs.makeDirectory(dirname(to));
  await fs.copyFile(source, to);
}

async function copyPrograms(packages: string, target: string): Promise<void> {
  const libraries = new Set<string>();
  for (const [from, to] of Object.entries(imageRecipe.programs)) {
    await copyInto(join(packages, from), join(target, to));
    const needed = (await interpreter(packages, from)) ?? loader;
    libraries.add(needed);
    if (needed === loader) for (const library of await neededLibraries(packages, from)) libraries.add(library);
  }
  for (const library of libraries) await copyInto(join(packages, library), join(target, library));
  for (const file of imageRecipe.extras) await copyInto(join(packages, file), join(target, file));
  for (const [name, to] of Object.entries(imageRecipe.links)) await fs.makeSymlink(to, join(target, name));
  // Busybox stands in for all that has no program of its own.
  const applets = (await exec([join(packages, 'usr/bin/busybox'), '--list'], { timeout: 10_000 })).stdout.split('\n');
  for (const applet of applets.filter((name) => /^[a-z]/.test(name))) {
    const present = ['usr/bin', 'usr/sbin'].some((folder) => fs.exists(join(target, folder, applet)));
    if (!present) await fs.makeSymlink('busybox', join(target, 'usr/bin', applet));
  }
}

/** Path, relative to the tree, of the interpreter that an ELF program names (/lib is /usr/lib there); undefined if none. */
async function interpreter(packages: string, program: string): Promise<string | undefined> {
  const path = interpreterOf((await fs.readBytes(join(packages, program))) ?? new Uint8Array());
  return path === undefined ? undefined : join('usr', path.replace(/^\/usr\//, '/'));
}

/** The PT_INTERP of a 64-bit little-endian ELF file's content. */
export function interpreterOf(content: Uint8Array): string | undefined {
  const view = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  if (view.length < 64 || view.readUInt32LE(0) !== 0x464c457f) return undefined;
  const [start, size, count] = [Number(view.readBigUInt64LE(32)), view.readUInt16LE(54), view.readUInt16LE(56)];
  for (let at = start; at < start + size * count && at + 40 <= view.length; at += size) {
    if (view.readUInt32LE(at) !== 3) continue;
    const offset = Number(view.readBigUInt64LE(at + 8));
    const length = Number(view.readBigUInt64LE(at + 32));
    return view.toString('utf8', offset, offset + length - 1);
  }
  return undefined;
}

/** Paths, relative to the tree, of the libraries that a program loads; none for a static one. */
async function neededLibraries(packages: string, program: string): Promise<string[]> {
  const command = [join(packages, loader), '--library-path', libraryPath.map((path) => join(packages, path)).join(':')];
  const [file, ...args] = command;
  const listing = await exec([file ?? '', ...args, '--list', join(packages, program)], { timeout: 10_000 });
  const found = [...listing.stdout.matchAll(/=> (\S.*) \(0x/g)].map((match) => relative(packages, match[1] ?? ''));
  return found.filter((path) => !path.startsWith('..') && path !== loader);
}

/**
 * Copies the named modules and what they need below `target`, uncompressed (the whole image is compressed once). Gives
 * their paths there in the order to load, a line each.
 */
export async function copyModules(packages: string, names: readonly string[], target: string): Promise<string> {
  const modules = join(packages, 'usr/lib/modules');
  const [release = ''] = await fs.list(modules);
  await runInTree(packages, 'usr/bin/kmod', ['-b', join(packages, 'usr'), release], 'depmod');
  const dependencies = parseModuleDependencies((await fs.readText(join(modules, release, 'modules.dep'))) ?? '');
  const order = loadOrder(names, dependencies);
  for (const path of order) {
    const to = join(target, path.replace(/\.xz$/, ''));
    await copyInto(join(modules, release, path), path.endsWith('.xz') ? `${to}.xz` : to);
    const unpack = [join(packages, 'usr/bin/busybox'), 'unxz', `${to}.xz`] as const;
    if (path.endsWith('.xz')) orThrow(await exec(unpack, { timeout: 10_000 }), `unpacking the module ${path}`);
  }
  return order.map((path) => `${path.replace(/\.xz$/, '')}\n`).join('');
}

/** modules.dep: "path: dependency dependency …", all relative to the release's folder. */
export function parseModuleDependencies(text: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const [path, rest] = line.split(':');
    if (path && rest !== undefined) found.set(path, rest.split(' ').filter(Boolean));
  }
  return found;
}

/** Paths of the named modules and all that they need, each after what it depends on. Built-in ones do not show. */
export function loadOrder(names: readonly string[], dependencies: Map<string, string[]>): string[] {
  const byName = new Map([...dependencies.keys()].map((path) => [moduleName(path), path]));
  const order = new Set<string>();
  const visit = (path: string): void => {
    if (order.has(path)) return;
    for (const dependency of dependencies.get(path) ?? []) visit(dependency);
    order.add(path);
  };
  for (const name of names) {
    const path = byName.get(name.replaceAll('-', '_'));
    if (path !== undefined) visit(path);
  }
  return [...order];
}

function moduleName(path: string): string {
  const file = path.slice(path.lastIndexOf('/') + 1);
  return file.replace(/\.ko(\.\w+)?$/, '').replaceAll('-', '_');
}
