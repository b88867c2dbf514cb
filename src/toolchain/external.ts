/**
 * Carries out the build of a project with a build system of its own: in a folder below .lwd/build, in the cross environment.
 * What comes out is one program, which becomes the project's image.
 */
import { join, relative } from 'node:path';
import type { Project } from '../config/model.js';
import { UserError } from '../errors.js';
import { sha256File } from '../sys/digest.js';
import { exec, orThrow } from '../sys/exec.js';
import {
  copyFile,
  exists,
  listTree,
  makeDirectory,
  readHead,
  readText,
  remove,
  status,
  writeAtomic,
} from '../sys/fs.js';
import type { CompileOptions } from './compile.js';
import { type ExternalPlan, externalOutputs } from './external-plan.js';
import { LoggedSteps } from './logged-steps.js';
import { mirror } from './mirror.js';
import { runNinja } from './ninja.js';
import { requirePrograms, type Tools } from './tools.js';

/** Brings the program up to date. Throws a UserError or ToolError with exit status `buildFailed` if the build system refuses. */
export async function buildExternally(plan: ExternalPlan, options: CompileOptions): Promise<void> {
  requirePrograms(plan.programs);
  const keyFile = `${plan.folder}.key`;
  const env = { ...plan.variables, PATH: `${plan.path}:${process.env.PATH ?? ''}` };
  const title = relative(options.root, plan.folder);
  const steps = new LoggedSteps({ ...options, title, folder: plan.folder, log: `${plan.folder}.log`, env, timeout: 0 });
  const isNew = (await readText(keyFile)) !== plan.key;
  if (isNew) {
    await remove(keyFile);
    await remove(plan.folder);
    await makeDirectory(plan.folder);
  }
  if (plan.copyFrom !== undefined) await mirror(plan.copyFrom, plan.folder, `${plan.folder}.files`);
  if (isNew) {
    if (plan.prepare !== undefined) tellIfAny(await steps.step('preparing', plan.prepare), options);
    await writeAtomic(keyFile, plan.key);
  }
  if (plan.build[0] === 'ninja') await buildByNinja(plan, options, env);
  else tellIfAny(await steps.step('making', plan.build), options);
  const commands = join(plan.folder, 'compile_commands.json');
  if (exists(commands)) await copyFile(commands, join(plan.folder, '..', 'compile_commands.json'));
}

function tellIfAny(text: string, options: CompileOptions): void {
  if (text.trim() !== '') options.tell(text);
}

async function buildByNinja(plan: ExternalPlan, options: CompileOptions, env: Record<string, string>): Promise<void> {
  const outcome = await runNinja({
    file: 'build.ninja',
    cwd: plan.folder,
    program: options.ninja,
    jobs: options.jobs,
    colour: options.colour,
    signal: options.signal,
    report: options.report,
    env,
    targets: plan.targets,
  });
  tellIfAny(outcome.diagnostics, options);
  if (!outcome.ok) throw new UserError('the build failed; its messages stand above', { exit: 'buildFailed' });
}

/**
 * Makes the program the project's image, with symbols beside it, if it is another than the last one. True if it was. Throws a
 * UserError that says what there is if the build has left no such program.
 */
export async function takeProgram(project: Project, plan: ExternalPlan, tools: Tools): Promise<boolean> {
  if ((await status(plan.program))?.kind !== 'file') throw await missingProgram(plan);
  const outputs = externalOutputs(project, plan);
  const image = join(outputs.folder, outputs.image);
  const symbols = join(outputs.folder, outputs.symbols);
  const digests = exists(image) && exists(symbols) && (await Promise.all([plan.program, symbols].map(sha256File)));
  if (digests && digests[0] === digests[1]) return false;
  await remove(image);
  await copyFile(plan.program, symbols);
  const command = [tools.strip.path, '--strip-all', '--strip-sections', '-o', image, symbols] as const;
  orThrow(await exec(command, { timeout: 60_000 }), `stripping ${plan.program}`);
  return true;
}

async function missingProgram(plan: ExternalPlan): Promise<UserError> {
  const found = [];
  for (const file of await listTree(plan.folder)) {
    if (found.length < 8 && (await isProgram(join(plan.folder, file)))) found.push(file);
  }
  const wanted = relative(plan.folder, plan.program);
  const there = found.length === 0 ? 'it left no program at all' : `it left ${found.join(', ')}`;
  return new UserError(`the build left no program ${wanted} in ${plan.folder}: ${there}`, {
    exit: 'buildFailed',
    next: ['say which one it is in lwd.yaml: build: {program: PATH}'],
  });
}

/** An executable file that begins as a linked ELF program does. */
async function isProgram(path: string): Promise<boolean> {
  const found = await status(path);
  if (found?.kind !== 'file' || (found.mode & 0o100) === 0) return false;
  const head = Buffer.from(await readHead(path, 18));
  return head.length === 18 && head.readUInt32BE(0) === 0x7f454c46 && head.readUInt16LE(16) === 2;
}
