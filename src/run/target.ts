/**
 * What a command is to run: a project's image (built first if it is stale) or a bare ELF file. This is where toolchain
 * and xl meet for `lwd up`; the parts that a bare ELF does not need are loaded only for a project.
 */
import { resolve } from 'node:path';
import type { DomainEntry, Project } from '../config/model.js';
import { nearestProject } from '../config/project-root.js';
import { UserError } from '../errors.js';
import type { Output } from '../report/output.js';
import { wantsColour } from '../report/output.js';
import { monotonic } from '../sys/clock.js';
import { status } from '../sys/fs.js';
import { type ForeignFiles, foreignImage } from '../xl/spec/foreign.js';
import { builtImage, elfImage, type Image } from '../xl/spec/image.js';
import { bareSettings, foreignSettings, type RunSettings } from '../xl/spec/wish.js';
import { type Built, readStamp, StampWriter } from './stamp.js';

export interface Target {
  image: Image;
  settings: RunSettings;
  /** `domains:` of lwd.yaml; empty: one domain. */
  entries: readonly DomainEntry[];
  /** `host:` of lwd.yaml. */
  host: string | undefined;
  /** undefined for a bare ELF. */
  project: Project | undefined;
}

export interface TargetOptions {
  /** An ELF file or a project's folder; the current project if not given. */
  path: string | undefined;
  profile: string | undefined;
  /** A kernel that is not lwd's, instead of what the project would be built to. */
  foreign?: ForeignFiles | undefined;
  /** Build a stale project; otherwise what was built last is taken as it is. */
  build: boolean;
  /** With the recorder of lwd/trace.h, whether the program uses it or not. */
  traced?: boolean;
  output: Output;
  signal: AbortSignal;
}

export async function findTarget(options: TargetOptions): Promise<Target> {
  if (options.foreign !== undefined) return foreignTarget(options, options.foreign);
  const path = options.path === undefined ? undefined : resolve(options.path);
  const kind = path === undefined ? 'directory' : (await status(path))?.kind;
  if (kind === undefined) {
    throw new UserError(`${options.path}: there is no such file or folder`, {
      exit: 'usage',
      next: ['give an ELF file that lwd built, or the folder of a project'],
    });
  }
  if (path !== undefined && kind !== 'directory') {
    return { image: await elfImage(path), settings: bareSettings, entries: [], host: undefined, project: undefined };
  }
  const root = nearestProject(path ?? '.');
  const stamped = options.build && root ? await readStamp(root, options.profile, options.traced) : undefined;
  // If the image itself is gone or damaged, the build sees to it.
  const image = stamped && (await imageOf(stamped.built).catch(() => undefined));
  if (stamped !== undefined && image !== undefined) return projectTarget(stamped.project, image);
  const { loadProject } = await import('../config/load.js');
  const project = await loadProject({ directory: path, profile: options.profile });
  if (options.traced) project.build.traced = true;
  if (!options.build) return projectTarget(project, await imageOf(await lastBuilt(project)));
  return projectTarget(project, await build(project, options));
}

/** Of a project that is named only its settings are taken: how large the domain is, its disks and cards. */
async function foreignTarget({ path, profile }: TargetOptions, files: ForeignFiles): Promise<Target> {
  const image = await foreignImage(files);
  if (path === undefined) {
    return { image, settings: foreignSettings, entries: [], host: undefined, project: undefined };
  }
  if ((await status(resolve(path)))?.kind !== 'directory') {
    throw new UserError(`--kernel and ${path} both say what is to run`, {
      exit: 'usage',
      next: ['leave one of them out'],
    });
  }
  const { loadProject } = await import('../config/load.js');
  return projectTarget(await loadProject({ directory: path, profile }), image);
}

function imageOf({ folder, manifest }: Built): Promise<Image> {
  return builtImage(folder, manifest);
}

function projectTarget(project: Project, image: Image): Target {
  const { domain, domains: entries, env, args, volumes, network, disks, host } = project;
  return { image, settings: { domain, env, args, volumes, network, disks }, entries, host, project };
}

async function build(project: Project, { output, signal, profile }: TargetOptions): Promise<Image> {
  const [{ buildProject }, { findTools }, { writeConfigFile }] = await Promise.all([
    import('../toolchain/build.js'),
    import('../toolchain/tools.js'),
    import('./config-file.js'),
  ]);
  const progress = new Progress(output);
  const stamp = new StampWriter(
    project,
    profile,
    Object.values(await findTools()).map(({ path }) => path),
  );
  const built = await buildProject(project, {
    jobs: undefined,
    colour: wantsColour(process.stderr),
    signal,
    // What is up to date, as nearly always, is not worth a word before the application's own.
    drive: async (stages, context) => {
      for (const stage of stages) await stage.run(context, (text) => progress.say(`${stage.title}: ${text}`));
    },
    tell: (diagnostics) => process.stderr.write(`${diagnostics.trimEnd()}\n`),
  });
  const image = await imageOf(built);
  await writeConfigFile(built.folder, project, image);
  await stamp.write(built);
  return image;
}

async function lastBuilt(project: Project): Promise<Built> {
  const [{ buildFolder }, { readManifest }] = await Promise.all([
    import('../toolchain/plan.js'),
    import('../toolchain/image.js'),
  ]);
  const folder = buildFolder(project.root);
  const manifest = await readManifest(folder);
  if (manifest !== undefined) return { folder, manifest };
  throw new UserError(`${project.name} has not been built yet`, { exit: 'cannotCreate', next: ['lwd build'] });
}

/** At most a line a second: a long build shows that it goes on. */
class Progress {
  readonly #output: Output;
  #last = Number.NEGATIVE_INFINITY;

  constructor(output: Output) {
    this.#output = output;
  }

  say(text: string): void {
    if (monotonic() - this.#last < 1000) return;
    this.#last = monotonic();
    this.#output.note(text);
  }
}
