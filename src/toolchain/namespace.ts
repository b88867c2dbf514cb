/**
 * Gives the sysroot's libraries the names of namespace-plan.ts: machine code by llvm-objcopy, bitcode by way of its text. Lazy
 * linking stays as it is, since every object stays an object of its own.
 */
import { basename, join } from 'node:path';
import { exec, orThrow } from '../sys/exec.js';
import { copyFile, exists, makeDirectory, readHead, readText, remove, writeAtomic } from '../sys/fs.js';
import { makeTemporaryDirectory } from '../sys/places.js';
import { bitcodeText } from './bitcode-text.js';
import type { Declared } from './declarations.js';
import { type GlobalSymbol, type Namespace, planNamespace } from './namespace-plan.js';
import { llvmRelease } from './target.js';

export interface NamespaceWork {
  /** The kernel's objects. */
  kernel: readonly string[];
  /** Archives of libraries that nobody but the kernel calls; they are changed. */
  hidden: readonly string[];
  /** Archives of the C library; they are changed. */
  standard: readonly string[];
  /** Where liblwd.a goes. */
  library: string;
  /** The linker script; it is changed. */
  script: string;
  declared: Declared;
  jobs: number;
}

const tool = (name: string) => `llvm-${name}-${llvmRelease}`;

async function run(program: string, args: readonly string[], cwd?: string): Promise<string> {
  const options = { timeout: 120_000, ...(cwd === undefined ? {} : { cwd }) };
  return orThrow(await exec([program, ...args], options), 'giving names to the libraries').stdout;
}

export async function separateNames(work: NamespaceWork): Promise<void> {
  const script = (await readText(work.script)) ?? '';
  const scriptNames = [...script.matchAll(/^\s*(\w+) = /gm)].map(([, name]) => name ?? '');
  const namespace = planNamespace({
    kernel: await globalSymbols(work.kernel),
    hidden: await globalSymbols(work.hidden),
    standard: await globalSymbols(work.standard),
    script: scriptNames,
    declared: work.declared.all,
    iso: work.declared.iso,
  });
  const folder = await makeTemporaryDirectory('lwd-names');
  try {
    const change = new Changer(namespace, folder, work.jobs);
    await change.begin();
    await change.library(work.kernel, work.library);
    for (const archive of [...work.hidden, ...work.standard]) await change.archive(archive);
  } finally {
    await remove(folder);
  }
  // The names that the script gives, and the entry that it asks for.
  const words = new Set([...scriptNames, ...[...script.matchAll(/ENTRY\((\w+)\)/g)].map(([, name]) => name)]);
  const renamed = script.replaceAll(/\b\w+\b/g, (word) => (words.has(word) && namespace.renames.get(word)) || word);
  await remove(work.script);
  await writeAtomic(work.script, renamed);
}

/** Of objects, or of archives, whose members are then named "archive[member]". */
async function globalSymbols(files: readonly string[]): Promise<GlobalSymbol[]> {
  const listed = await run(tool('nm'), ['--format=posix', '--print-file-name', '--extern-only', ...files]);
  return listed.split('\n').flatMap((line) => {
    const [, object, name, type] = /^(.*): (\S+) (\w)(?: |$)/.exec(line) ?? [];
    return object === undefined || name === undefined || type === undefined ? [] : [{ object, name, type }];
  });
}

class Changer {
  readonly #namespace: Namespace;
  readonly #folder: string;
  readonly #jobs: number;
  readonly #map: string;
  readonly #public: ReadonlySet<string>;

  constructor(namespace: Namespace, folder: string, jobs: number) {
    this.#namespace = namespace;
    this.#folder = folder;
    this.#jobs = jobs;
    this.#map = join(folder, 'renames');
    this.#public = new Set([...namespace.aliases.values()].flat());
  }

  async begin(): Promise<void> {
    const lines = [...this.#namespace.renames].map(([from, to]) => `${from} ${to}\n`);
    await writeAtomic(this.#map, lines.join(''));
  }

  /** Makes the archive of changed copies of the objects. */
  async library(objects: readonly string[], archive: string): Promise<void> {
    const folder = join(this.#folder, basename(archive));
    await makeDirectory(folder);
    // Objects of two folders may have one name.
    const copies = objects.map((object, index) => ({ object, copy: join(folder, `${index}-${basename(object)}`) }));
    for (const { object, copy } of copies) await copyFile(object, copy);
    await writeBitcodeTexts(copies.map(({ copy }) => copy));
    await this.#each(copies, async ({ object, copy }) => {
      await this.#change(copy, this.#namespace.aliases.get(object) ?? []);
    });
    await remove(archive);
    await run(tool('ar'), ['rcsD', archive, ...copies.map(({ copy }) => copy)]);
  }

  /** Changes the members of the archive that have to be. */
  async archive(archive: string): Promise<void> {
    const folder = join(this.#folder, basename(archive));
    await makeDirectory(folder);
    const touched = new Map<string, string[]>();
    for (const { object, name } of await globalSymbols([archive])) {
      if (!this.#namespace.renames.has(name)) continue;
      touched.set(object.slice(archive.length + 1, -1), this.#namespace.aliases.get(object) ?? []);
    }
    if (touched.size === 0) return;
    await run(tool('ar'), ['x', archive, ...touched.keys()], folder);
    await writeBitcodeTexts([...touched.keys()].map((member) => join(folder, member)));
    await this.#each([...touched], ([member, aliases]) => this.#change(join(folder, member), aliases));
    // The archive is a link to a file that others use.
    const changed = join(this.#folder, 'changed.a');
    await copyFile(archive, changed);
    await run(tool('ar'), ['rsD', changed, ...[...touched.keys()].map((member) => join(folder, member))]);
    await remove(archive);
    await copyFile(changed, archive);
  }

  async #each<T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
    const left = [...items];
    const worker = async () => {
      for (let item = left.pop(); item !== undefined; item = left.pop()) await act(item);
    };
    await Promise.all(Array.from({ length: this.#jobs }, worker));
  }

  async #change(object: string, aliases: readonly string[]): Promise<void> {
    if (exists(`${object}.ll`)) return this.#changeBitcode(object, aliases);
    const places = aliases.length === 0 ? new Map<string, string>() : await symbolPlaces(object);
    const added = aliases.map((name) => {
      const place = places.get(name);
      if (place === undefined) throw new Error(`${name} in ${object} cannot have a second name`);
      return `--add-symbol=${name}=${place},weak`;
    });
    await run(tool('objcopy'), [`--redefine-syms=${this.#map}`, ...added, object]);
  }

  async #changeBitcode(object: string, aliases: readonly string[]): Promise<void> {
    const text = (await readText(`${object}.ll`)) ?? '';
    await writeAtomic(`${object}.ll`, bitcodeText(text, this.#namespace.renames, aliases, this.#public));
    await run(tool('as'), ['-o', object, `${object}.ll`]);
    await remove(`${object}.ll`);
  }
}

/** What of the objects is bitcode gets its text beside it, as `<object>.ll`: all in one run, since starting takes longest. */
async function writeBitcodeTexts(objects: readonly string[]): Promise<void> {
  const found = [];
  for (const object of objects) if (await isBitcode(object)) found.push(object);
  if (found.length > 0) await run(tool('dis'), found);
}

async function isBitcode(object: string): Promise<boolean> {
  return Buffer.from(await readHead(object, 4)).toString('latin1') === 'BC\xc0\xde';
}

/** Name → "section:offset,kind" of what the object defines, in objcopy's words; thread-local variables are left out. */
async function symbolPlaces(object: string): Promise<Map<string, string>> {
  const places = new Map<string, string>();
  for (const line of (await run(tool('objdump'), ['--syms', object])).split('\n')) {
    const [, value, flags, section, name] = /^([0-9a-f]{16}) (.{7}) (\S+)\s+[0-9a-f]{16} (\S+)$/.exec(line) ?? [];
    if (value === undefined || flags === undefined || name === undefined || section === undefined) continue;
    if (section === '*UND*' || /^\.(tdata|tbss)/.test(section)) continue;
    places.set(name, `${section}:0x${value},${flags.includes('F') ? 'function' : 'object'}`);
  }
  return places;
}
