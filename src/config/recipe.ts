/**
 * Ports: third-party code and data as recipes in ports/<name>/recipe.yaml. Where the source is had, its digest, what is
 * changed in it, how it is built. Nothing of the source itself is part of lwd.
 */
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { sha256 } from '../sys/digest.js';
import { exists, list, listTree, readBytes, readText } from '../sys/fs.js';
import { packageRoot } from '../sys/package-root.js';
import { cacheDirectory } from '../sys/places.js';

const digest = z.string().regex(/^[0-9a-f]{64}$/);

/** A file of Debian's archive, by its path below the mirror's root; pinned by digest, so any mirror will do. */
const source = z.strictObject({
  debian: z.string().regex(/^pool\/[A-Za-z0-9._+~/-]+$/),
  sha256: digest,
});

/** Puts lines behind, or in the place of, the one line of a source file that reads just so. */
const edit = z
  .strictObject({ file: z.string(), after: z.string().optional(), instead: z.string().optional(), insert: z.string() })
  .transform(({ file, after, instead, insert }, context) => {
    const line = after ?? instead;
    if (line !== undefined && (after === undefined || instead === undefined)) {
      return { file, line, keep: after !== undefined, insert };
    }
    context.addIssue({ code: 'custom', message: 'either "after" or "instead"' });
    return z.NEVER;
  });

/** GNU configure, out of tree, for the target. */
const configure = z.strictObject({
  /** Folder of the source that has the configure script. */
  directory: z.string(),
  arguments: z.array(z.string()),
  /** For C only, beyond the target's; paths are relative to the build folder, the recipe's own files are in ../port. */
  cflags: z.array(z.string()),
});

/** A list of C files, compiled for the target into one archive. */
const archive = z.strictObject({
  name: z.string().regex(/^lib[a-z0-9]+\.a$/),
  /** Folders of the source for #include; the first is the one that `headers` are taken from. */
  include: z.array(z.string()).min(1),
  /** Files and folders that whoever is compiled against the port needs. */
  headers: z.array(z.string()),
  /** Beyond the target's. */
  flags: z.array(z.string()),
  sources: z.array(z.string()).min(1),
});

/**
 * A program: `lwd port NAME` makes a project of the source (in source/) and of what lies in the recipe's project/.
 * `prepare`: commands that make sources of sources on this machine, run in source/ one after the other.
 */
const project = z.strictObject({
  prepare: z.array(z.array(z.string()).min(1)).default([]),
  /** Programs of this machine that `prepare` runs, each with the Debian package that has it. */
  needs: z.record(z.string(), z.string()).default({}),
});

/** A file of the source that a project may put into its image, as `port:NAME/FILE`. */
const dataFile = z.strictObject({ member: z.string(), file: z.string(), sha256: digest });

const recipe = z.strictObject({
  name: z.string(),
  version: z.string(),
  about: z.string(),
  /** Any of them will do; tried in this order. */
  source: z.array(source).min(1),
  add: z.array(z.strictObject({ file: z.string(), to: z.string() })).default([]),
  edit: z.array(edit).default([]),
  configure: configure.optional(),
  archive: archive.optional(),
  /** The archive is one that projects may link with: `build.libraries`. */
  library: z.boolean().default(false),
  data: z.array(dataFile).default([]),
  project: project.optional(),
});

export type Source = z.infer<typeof source>;
export type Recipe = z.infer<typeof recipe> & {
  /** Absolute path of the recipe's own folder. */
  folder: string;
};

function portFolder(name: string): string {
  return join(packageRoot(), 'ports', name);
}

/** Names of all ports, sorted. */
export async function portNames(): Promise<string[]> {
  const names = await list(join(packageRoot(), 'ports'));
  return names.filter((name) => exists(join(portFolder(name), 'recipe.yaml')));
}

/** Ports that a project may link with, sorted by name. */
export async function libraryPorts(): Promise<Recipe[]> {
  const recipes = await Promise.all((await portNames()).map(loadRecipe));
  return recipes.filter((recipe) => recipe?.library) as Recipe[];
}

/** The recipe, or undefined if there is no such port. A recipe that does not parse is a defect of lwd. */
export async function loadRecipe(name: string): Promise<Recipe | undefined> {
  if (!/^[a-z0-9][a-z0-9-]*$/.test(name)) return undefined;
  const folder = portFolder(name);
  const text = await readText(join(folder, 'recipe.yaml'));
  if (text === undefined) return undefined;
  return { ...recipe.parse(parse(text)), folder };
}

/** Digest over the recipe and the files beside it: whatever changes there makes a new build. */
export async function recipeDigest(name: string): Promise<string> {
  const folder = portFolder(name);
  const parts: string[] = [];
  for (const file of await listTree(folder)) {
    const bytes = await readBytes(join(folder, file));
    if (bytes !== undefined) parts.push(`${file} ${sha256(bytes)}`);
  }
  return sha256(parts.join('\n'));
}

/** A data file of a port, as `port:NAME/FILE` names it. */
export interface PortData {
  recipe: Recipe;
  /** Where it lies in the cache, whether it is there yet or not. */
  path: string;
  /** Its path in the source's archive. */
  member: string;
  sha256: string;
}

/** What `port:NAME/FILE` stands for, undefined if there is no such port or it has no such file. */
export async function findPortData(port: string, file: string): Promise<PortData | undefined> {
  const recipe = await loadRecipe(port);
  const entry = recipe?.data.find((each) => each.file === file);
  if (recipe === undefined || entry === undefined) return undefined;
  const path = join(cacheDirectory(), 'data', entry.sha256.slice(0, 16), file);
  return { recipe, path, member: entry.member, sha256: entry.sha256 };
}
