/**
 * A note beside the image that says of what it was made, so that `lwd up` of a project in which nothing has changed needs
 * neither lwd.yaml's reader nor the toolchain to know that. Whatever may matter is looked at (names, sizes, times of
 * change of the whole project, of lwd's own kernel, of the tools); any difference at all means that the build decides.
 */
import { dirname, join } from 'node:path';
import type { ImageManifest, Project } from '../config/model.js';
import { fingerprint } from '../sys/fingerprint.js';
import { readJson, writeAtomic } from '../sys/fs.js';
import { packageRoot, packageVersion } from '../sys/package-root.js';

export interface Built {
  /** `.lwd/build` of the project. */
  folder: string;
  manifest: ImageManifest;
}

export interface Stamped {
  project: Project;
  built: Built;
}

/** What is to be looked at. */
interface Inputs {
  trees: string[];
  files: string[];
}

interface Stamp extends Stamped {
  version: 1;
  circumstances: string;
  inputs: Inputs;
  fingerprint: string;
}

const stampName = 'stamp.json';
/** A build's own output, and what is no source in anybody's project. */
const without = ['.lwd', '.git', 'node_modules'];
const mostEntries = 4000;

/** The project and its image if nothing has changed since the image was built, else undefined. */
export async function readStamp(
  root: string,
  profile: string | undefined,
  traced = false,
): Promise<Stamped | undefined> {
  const stamp = (await readJson(stampFile(root))) as Stamp | undefined;
  if (stamp?.version !== 1 || stamp.circumstances !== circumstances(profile, traced)) return undefined;
  return lookAt(stamp.inputs) === stamp.fingerprint ? { project: stamp.project, built: stamp.built } : undefined;
}

/** To be called before a build, so that what changes during the build counts as changed. */
export class StampWriter {
  readonly #profile: string | undefined;
  readonly #project: Project;
  readonly #inputs: Inputs;
  readonly #before: string | undefined;

  constructor(project: Project, profile: string | undefined, tools: readonly string[]) {
    this.#profile = profile;
    this.#project = project;
    const { build, files } = project;
    const isOutside = (path: string) => !path.startsWith(`${project.root}/`);
    const named = [...build.sources, ...files.map(({ source }) => source), ...tools];
    const folders = [...build.include, ...(build.external ? [build.external.folder] : [])];
    const own = ['kernel', 'ports', 'package.json', 'dist/lwd.cjs'];
    this.#inputs = {
      trees: [project.root, ...folders.filter(isOutside), ...own.map((name) => join(packageRoot(), name))],
      // With the folders around them: a pattern may find more there.
      files: named.filter(isOutside).flatMap((path) => [path, dirname(path)]),
    };
    this.#before = lookAt(this.#inputs);
  }

  /** After the build. Leaves no stamp if there was too much to look at. */
  async write(built: Built): Promise<void> {
    if (this.#before === undefined) return;
    const stamp: Stamp = {
      version: 1,
      circumstances: circumstances(this.#profile, this.#project.build.traced),
      inputs: this.#inputs,
      fingerprint: this.#before,
      project: this.#project,
      built: { folder: built.folder, manifest: built.manifest },
    };
    await writeAtomic(stampFile(this.#project.root), `${JSON.stringify(stamp)}\n`);
  }
}

function stampFile(root: string): string {
  return join(root, '.lwd', 'build', stampName);
}

/** What changes a build without changing a file. */
function circumstances(profile: string | undefined, traced = false): string {
  const { PATH, HOME, XDG_CACHE_HOME } = process.env;
  return JSON.stringify([packageVersion(), packageRoot(), profile, traced, PATH, HOME, XDG_CACHE_HOME]);
}

function lookAt(inputs: Inputs): string | undefined {
  return fingerprint({ ...inputs, without, limit: mostEntries });
}
