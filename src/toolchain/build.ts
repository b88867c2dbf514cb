/**
 * The whole of `lwd build`, as stages: sources → sysroot → compile → link → image. Whoever calls it decides how the
 * stages are shown.
 */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { ImageManifest, Project } from '../config/model.js';
import { findPortData, loadRecipe } from '../config/recipe.js';
import { exists } from '../sys/fs.js';
import { removeLeftBehindBelow, temporaryNames } from '../sys/left-behind.js';
import { withLock } from '../sys/lock.js';
import { type CompileOptions, compile } from './compile.js';
import { builtPortPath } from './configure.js';
import { buildExternally, takeProgram } from './external.js';
import { type ExternalPlan, externalOutputs, planExternal } from './external-plan.js';
import { dropDamaged, finishImage, manifestName } from './image.js';
import { type BuiltLibrary, ensureLibraries } from './libraries.js';
import { link } from './link.js';
import { type BuildPlan, buildFolder, planBuild } from './plan.js';
import { findShortfalls, refuseShortfalls, type Shortfall } from './shortfall.js';
import { obtain, obtainData, type Work } from './sources.js';
import { ensureSysroot, type Sysroot, type SysrootOptions } from './sysroot.js';
import { wholeImageLto } from './target.js';
import { findTools, type Tools } from './tools.js';

export interface BuildOptions {
  /** Compilations at a time; as many as there are CPUs if not given. */
  jobs?: number | undefined;
  /** Leaves the colours in what the compilers write. */
  colour: boolean;
  /** Finds out which calls that are refused or faked the program can reach. */
  posixReport?: boolean;
  signal?: AbortSignal | undefined;
  /** Runs the stages in order and rejects with what a stage throws. */
  drive(stages: readonly BuildStage[], context: BuildContext): Promise<void>;
  /** Shows what compilers and linker wrote. Called once, after the stages, if there is anything. */
  tell(diagnostics: string): void;
}

export interface BuildStage {
  title: string;
  /** undefined: always. */
  isWanted?(context: BuildContext): boolean;
  /** Returns a summary for the finished stage. */
  run(context: BuildContext, report: (status: string) => void): Promise<string | undefined>;
}

/** What the stages hand on to each other. */
export interface BuildContext {
  project: Project;
  jobs: number;
  colour: boolean;
  signal: AbortSignal | undefined;
  tools?: Tools;
  dataSources: ImageManifest['sources'];
  sysroot?: Sysroot;
  libraries: readonly BuiltLibrary[];
  /** Of a project that names its sources. */
  plan?: BuildPlan;
  /** Of a project with a build system of its own. */
  external?: ExternalPlan;
  posixReport: boolean;
  shortfalls?: Shortfall[];
  diagnostics: string[];
  compiled: number;
  linked: boolean;
  manifest?: ImageManifest;
  changed: boolean;
}

export interface BuildResult {
  /** `.lwd/build` of the project, absolute: the manifest's paths are relative to it. */
  folder: string;
  /** Absolute path of the manifest. */
  manifestPath: string;
  manifest: ImageManifest;
  /** Number of files compiled; 0 and not changed: all was up to date. */
  compiled: number;
  changed: boolean;
  /** Only if it was asked for. */
  shortfalls: Shortfall[] | undefined;
}

/**
 * Builds the project's image, or finds that it is up to date. Only one build of a project runs at a time; a second one
 * waits. Throws a UserError with exit status `buildFailed` if compiler or linker refuse; `tell` has had their words then.
 */
export async function buildProject(project: Project, options: BuildOptions): Promise<BuildResult> {
  const context: BuildContext = {
    project,
    jobs: options.jobs ?? availableParallelism(),
    colour: options.colour,
    signal: options.signal,
    dataSources: [],
    libraries: [],
    posixReport: options.posixReport ?? false,
    diagnostics: [],
    compiled: 0,
    linked: false,
    changed: false,
  };
  const wanted = stages.filter((stage) => stage.isWanted?.(context) ?? true);
  try {
    const work = async () => {
      await removeLeftBehindBelow(buildFolder(project.root), temporaryNames);
      await options.drive(wanted, context);
    };
    await withLock(buildLock(project.root), work, options.signal);
  } finally {
    if (context.diagnostics.length > 0) options.tell(context.diagnostics.join('\n'));
  }
  const folder = buildFolder(project.root);
  return {
    folder,
    manifestPath: join(folder, manifestName),
    manifest: present(context.manifest),
    compiled: context.compiled,
    changed: context.changed || context.linked || context.compiled > 0,
    shortfalls: context.shortfalls,
  };
}

export function buildLock(root: string): string {
  return join(root, '.lwd', 'build.lock');
}

const stages: readonly BuildStage[] = [
  { title: 'sources', run: sourcesStage },
  { title: 'sysroot', run: sysrootStage },
  { title: 'compile', run: compileStage },
  { title: 'link', run: linkStage },
  {
    title: 'posix',
    run: posixStage,
    isWanted: ({ project, posixReport }) => posixReport || project.posix === 'strict',
  },
  { title: 'image', run: imageStage },
];

async function sourcesStage(context: BuildContext, report: (status: string) => void): Promise<string | undefined> {
  const work: Work = { signal: context.signal, report };
  context.tools = await findTools();
  let had = 0;
  const newlib = await builtPortPath('newlib', context.tools, wholeImageLto(context.project.build.profile));
  if (!exists(newlib)) {
    await obtain(present(await loadRecipe('newlib')).source, work);
    had += 1;
  }
  for (const { port } of context.project.files) {
    if (port === undefined) continue;
    const data = present(await findPortData(port.name, port.file));
    await obtainData(data, work);
    had += 1;
    context.dataSources.push({ name: `${port.name}/${port.file}`, version: data.recipe.version, sha256: data.sha256 });
  }
  return had === 0 ? undefined : `${had} by digest`;
}

async function sysrootStage(context: BuildContext, report: (status: string) => void): Promise<string | undefined> {
  const options: SysrootOptions = {
    tools: present(context.tools),
    jobs: context.jobs,
    colour: context.colour,
    lto: wholeImageLto(context.project.build.profile),
    signal: context.signal,
    report,
  };
  context.sysroot = await ensureSysroot(options);
  context.libraries = await ensureLibraries(context.project.build.libraries, context.sysroot, options);
  context.dataSources.push(...context.libraries.map(({ source }) => source));
  return context.sysroot.key;
}

async function compileStage(context: BuildContext, report: (status: string) => void): Promise<string | undefined> {
  const { project, sysroot, jobs } = context;
  if (project.build.external !== undefined) {
    context.external = planExternal(project, project.build.external, present(sysroot), jobs);
    await buildExternally(context.external, compileOptions(context, report));
    return `by ${context.external.system}`;
  }
  context.plan = planBuild(project, present(sysroot), present(context.tools), context.libraries);
  context.compiled = await compile(context.plan, compileOptions(context, report));
  const count = context.project.build.sources.length;
  return context.compiled === 0 ? 'up to date' : `${context.compiled} of ${count} file${count === 1 ? '' : 's'}`;
}

async function linkStage(context: BuildContext, report: (status: string) => void): Promise<string | undefined> {
  const { external } = context;
  await dropDamaged(buildFolder(context.project.root));
  context.linked =
    external === undefined
      ? await link(present(context.plan), compileOptions(context, report))
      : await takeProgram(context.project, external, present(context.tools));
  return context.linked ? undefined : 'up to date';
}

async function posixStage(context: BuildContext): Promise<string | undefined> {
  const { project, external } = context;
  const { folder, symbols } = external ? externalOutputs(project, external) : present(context.plan);
  const shortfalls = await findShortfalls(join(folder, symbols));
  context.shortfalls = shortfalls;
  if (project.posix === 'strict') refuseShortfalls(shortfalls);
  return `${shortfalls.length} call${shortfalls.length === 1 ? '' : 's'} refused or faked`;
}

async function imageStage(context: BuildContext, report: (status: string) => void): Promise<string | undefined> {
  const work: Work = { signal: context.signal, report };
  const { project } = context;
  const finished = await finishImage(
    project,
    context.external ? externalOutputs(context.project, context.external) : present(context.plan),
    present(context.sysroot),
    context.dataSources,
    work,
  );
  context.manifest = finished.manifest;
  context.changed = finished.changed;
  return finished.changed ? undefined : 'up to date';
}

function compileOptions(context: BuildContext, report: (status: string) => void): CompileOptions {
  return {
    root: context.project.root,
    ninja: present(context.tools).ninja.path,
    jobs: context.jobs,
    colour: context.colour,
    signal: context.signal,
    report,
    tell: (diagnostics) => context.diagnostics.push(diagnostics),
  };
}

/** A stage's result that an earlier stage has left; its absence is a defect. */
function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('a build stage ran before the one that it needs');
  return value;
}
