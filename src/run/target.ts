/**
 * What a command is to run: a project's image (built first if it is stale) or a bare ELF file. This is where toolchain
 * and xl meet for `lwd up`; the parts that a bare ELF does not need are loaded only for a project.
 */
import { resolve } from 'node:path';
import type { ImageManifest, Project } from '../config/model.js';
import { UserError } from '../errors.js';
import type { Output } from '../report/output.js';
import { wantsColour } from '../report/output.js';
import { monotonic } from '../sys/clock.js';
import { readJson, status } from '../sys/fs.js';
import { builtImage, elfImage, type Image } from '../xl/image.js';
import { bareSettings, type RunSettings } from '../xl/wish.js';
import { writeConfigFile } from './config-file.js';

export interface Target {
  image: Image;
  settings: RunSettings;
  /** `host:` of lwd.yaml. */
  host: string | undefined;
  /** undefined for a bare ELF. */
  project: Project | undefined;
}

export interface TargetOptions {
  /** An ELF file or a project's folder; the current project if not given. */
  path: string | undefined;
  profile: string | undefined;
  /** Build a stale project; otherwise what was built last is taken as it is. */
  build: boolean;
  output: Output;
  signal: AbortSignal;
}

export async function findTarget(options: TargetOptions): Promise<Target> {
  const path = options.path === undefined ? undefined : resolve(options.path);
  const kind = path === undefined ? 'directory' : (await status(path))?.kind;
  if (kind === undefined) {
    throw new UserError(`${options.path}: there is no such file or folder`, {
      exit: 'usage',
      next: ['give an ELF file that lwd built, or the folder of a project'],
    });
  }
  if (path !== undefined && kind !== 'directory') {
    return { image: await elfImage(path), settings: bareSettings, host: undefined, project: undefined };
  }
  const { loadProject } = await import('../config/load.js');
  const project = await loadProject({ directory: path, profile: options.profile });
  const built = options.build ? await build(project, options) : await lastBuilt(project);
  const image = await builtImage(built.folder, built.manifest);
  if (options.build) await writeConfigFile(built.folder, project, image);
  return {
    image,
    settings: {
      domain: project.domain,
      env: project.env,
      args: project.args,
      volumes: project.volumes,
      network: project.network,
      disks: project.disks,
    },
    host: project.host,
    project,
  };
}

interface Built {
  folder: string;
  manifest: ImageManifest;
}

async function build(project: Project, { output, signal }: TargetOptions): Promise<Built> {
  const { buildProject } = await import('../toolchain/build.js');
  const progress = new Progress(output);
  return buildProject(project, {
    jobs: undefined,
    colour: wantsColour(process.stderr),
    signal,
    // What is up to date, as nearly always, is not worth a word before the application's own.
    drive: async (stages, context) => {
      for (const stage of stages) await stage.run(context, (text) => progress.say(`${stage.title}: ${text}`));
    },
    tell: (diagnostics) => process.stderr.write(`${diagnostics.trimEnd()}\n`),
  });
}

async function lastBuilt(project: Project): Promise<Built> {
  const [{ buildFolder }, { manifestName }] = await Promise.all([
    import('../toolchain/plan.js'),
    import('../toolchain/image.js'),
  ]);
  const folder = buildFolder(project.root);
  const manifest = (await readJson(`${folder}/${manifestName}`)) as ImageManifest | undefined;
  if (manifest?.version === 1) return { folder, manifest };
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
