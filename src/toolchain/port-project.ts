/**
 * A port that is a program, as a project: its source unpacked beside an lwd.yaml, ready for `lwd build`. Lies beside the
 * stages of a build: what it writes is what a user would write by hand.
 */
import { dirname, join, relative, resolve } from 'node:path';
import { loadRecipe, portNames, type Recipe } from '../config/recipe.js';
import { UserError } from '../errors.js';
import { exec, orThrow } from '../sys/exec.js';
import { copyFile, list, listTree, makeDirectory, remove, status } from '../sys/fs.js';
import { findProgram } from '../sys/programs.js';
import { changeSource } from './configure.js';
import { obtain, unpack, type Work } from './sources.js';

export interface PortProject {
  name: string;
  version: string;
  /** Absolute. */
  folder: string;
  /** What lwd wrote beside source/, relative to the folder. */
  files: string[];
}

export interface PortProjectOptions extends Work {
  name: string;
  folder: string;
  /** Writes into a folder that is not empty; its source/ is made anew. */
  force: boolean;
}

/** Ports that are programs, sorted by name. */
export async function programPorts(): Promise<Recipe[]> {
  const recipes = await Promise.all((await portNames()).map(loadRecipe));
  return recipes.filter((recipe) => recipe?.project !== undefined) as Recipe[];
}

/** Writes the project. Throws a UserError if there is no such program, or its folder is not empty and not to be overwritten. */
export async function writePortProject(options: PortProjectOptions): Promise<PortProject> {
  const recipe = await findProgramPort(options.name);
  const folder = resolve(options.folder);
  const shown = relative(process.cwd(), folder) || 'this folder';
  if ((await status(folder))?.kind === 'file') throw new UserError(`${shown} is a file`);
  if (!options.force && (await list(folder)).length > 0) {
    throw new UserError(`${shown} is not empty`, { next: ['--force writes all the same, and makes its source/ anew'] });
  }
  requireNeeded(recipe);
  const archive = await obtain(recipe.source, options);
  await remove(join(folder, 'source'));
  await unpack(archive, join(folder, 'source'), options);
  await changeSource(recipe, folder);
  const files = await copyOwnFiles(recipe, folder);
  await prepare(recipe, join(folder, 'source'), options);
  return { name: recipe.name, version: recipe.version, folder, files };
}

async function findProgramPort(name: string): Promise<Recipe> {
  const programs = await programPorts();
  const found = programs.find((recipe) => recipe.name === name);
  if (found !== undefined) return found;
  const known = programs.map((recipe) => recipe.name).join(', ');
  throw new UserError(`there is no port "${name}" that is a program; known: ${known}`, { exit: 'usage' });
}

function requireNeeded(recipe: Recipe): void {
  const missing = Object.entries(recipe.project?.needs ?? {}).filter(([program]) => findProgram(program) === undefined);
  if (missing.length === 0) return;
  throw new UserError(`not found on PATH: ${missing.map(([program]) => program).join(', ')}`, {
    next: [`sudo apt-get install --no-install-recommends ${missing.map(([, name]) => name).join(' ')}`],
  });
}

async function copyOwnFiles(recipe: Recipe, folder: string): Promise<string[]> {
  const from = join(recipe.folder, 'project');
  const files = await listTree(from);
  for (const file of files) {
    await makeDirectory(dirname(join(folder, file)));
    await copyFile(join(from, file), join(folder, file));
  }
  return files.sort();
}

async function prepare(recipe: Recipe, cwd: string, work: Work): Promise<void> {
  for (const [program = '', ...words] of recipe.project?.prepare ?? []) {
    work.report(`${recipe.name} ${recipe.version}: ${program}`);
    const options = { cwd, timeout: 600_000, ...(work.signal ? { signal: work.signal } : {}) };
    orThrow(await exec([program, ...words], options), `preparing ${recipe.name} ${recipe.version}`);
  }
}
