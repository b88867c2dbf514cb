/** Third stage: ninja brings the application's objects up to date. Also writes what editors need. */
import { join } from 'node:path';
import { UserError } from '../errors.js';
import { writeIfChanged } from '../sys/fs.js';
import { type NinjaOutcome, runNinja } from './ninja.js';
import { type BuildPlan, objectsGroup } from './plan.js';
import type { Work } from './sources.js';

export interface CompileOptions extends Work {
  /** The project's folder. */
  root: string;
  /** Path of ninja. */
  ninja: string;
  jobs: number;
  colour: boolean;
  /** Told what the compilers wrote, warnings of a successful build included. */
  tell(diagnostics: string): void;
}

/** Compiles what has changed; returns how many files. Throws a UserError if a compiler refuses one. */
export async function compile(plan: BuildPlan, options: CompileOptions): Promise<number> {
  await writeIfChanged(join(plan.folder, 'build.ninja'), plan.ninja);
  await writeIfChanged(join(plan.folder, 'compile_commands.json'), plan.compileCommands);
  const outcome = await runPlan(plan, options, objectsGroup);
  if (!outcome.ok)
    throw new UserError('the compiler refused the sources; its messages stand above', { exit: 'buildFailed' });
  return outcome.steps;
}

/** Runs ninja for the plan, or for one target of it, and hands on what the tools wrote. */
export async function runPlan(plan: BuildPlan, options: CompileOptions, target?: string): Promise<NinjaOutcome> {
  const outcome = await runNinja({
    file: join(plan.folder, 'build.ninja'),
    cwd: options.root,
    program: options.ninja,
    jobs: options.jobs,
    colour: options.colour,
    signal: options.signal,
    report: options.report,
    ...(target === undefined ? {} : { targets: [target] }),
  });
  if (outcome.diagnostics.trim() !== '') options.tell(outcome.diagnostics);
  return outcome;
}
