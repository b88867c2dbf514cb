/** New projects: a template's files with the project's name put in. */
import { basename, dirname, join, relative, resolve } from 'node:path';
import { UserError } from '../errors.js';
import { exists, list, listTree, readText, status, writeAtomic } from '../sys/fs.js';
import { packageRoot } from '../sys/package-root.js';

export interface NewProject {
  name: string;
  folder: string;
  /** Written, relative to the folder. */
  files: string[];
}

export interface TemplateOptions {
  folder: string;
  template: string;
  /** Default: made from the folder's name. */
  name?: string | undefined;
  /** Writes into a folder that is not empty, over files of the same names. */
  force: boolean;
}

function templatesFolder(): string {
  return join(packageRoot(), 'templates');
}

/** Names of the templates, sorted. */
export function templateNames(): Promise<string[]> {
  return list(templatesFolder());
}

/** Writes the project. Throws a UserError, with nothing written, if the folder is not empty and `force` is not given. */
export async function writeTemplate(options: TemplateOptions): Promise<NewProject> {
  const folder = resolve(options.folder);
  const source = join(templatesFolder(), options.template);
  if (!(await templateNames()).includes(options.template)) {
    throw new UserError(`there is no template "${options.template}"; known: ${(await templateNames()).join(', ')}`, {
      exit: 'usage',
    });
  }
  const name = options.name ?? nameFrom(basename(folder));
  if (!/^[A-Za-z][A-Za-z0-9._-]{0,62}$/.test(name)) {
    throw new UserError(`"${name}" cannot be a project's name: a letter, then letters, digits and . _ - , at most 63`, {
      exit: 'usage',
    });
  }
  const files = (await listTree(source)).map((file) => ({ from: join(source, file), to: targetName(file) }));
  if (!options.force)
    await refuseOverwriting(
      folder,
      files.map((file) => file.to),
    );
  for (const { from, to } of files) {
    const text = (await readText(from)) ?? '';
    await writeAtomic(join(folder, to), text.replaceAll('{{name}}', name));
  }
  return { name, folder, files: files.map((file) => file.to).sort() };
}

/** npm does not pack files of some names that begin with a dot. */
function targetName(file: string): string {
  return join(dirname(file), basename(file).replace(/^dot-/, '.'));
}

function nameFrom(folder: string): string {
  const name = folder
    .replaceAll(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z]+/, '')
    .slice(0, 63);
  return name === '' ? 'app' : name;
}

async function refuseOverwriting(folder: string, files: readonly string[]): Promise<void> {
  const found = await status(folder);
  if (found === undefined) return;
  const shown = relative(process.cwd(), folder) || 'this folder';
  if (found.kind === 'file') throw new UserError(`${shown} is a file`);
  const there = await list(folder);
  if (there.length === 0) return;
  const overwritten = files.filter((file) => exists(join(folder, file)));
  throw new UserError(
    overwritten.length > 0
      ? `${shown} is not empty, and these would be overwritten: ${overwritten.join(', ')}`
      : `${shown} is not empty (${there.slice(0, 5).join(', ')}${there.length > 5 ? ', …' : ''}); nothing in it would be overwritten`,
    { next: ['--force writes all the same', 'lwd init NAME makes a folder of its own'] },
  );
}
