/** Fourth stage: objects, kernel and C library become one ELF, with symbols and link map beside it. */
import { UserError } from '../errors.js';
import { type CompileOptions, runPlan } from './compile.js';
import type { BuildPlan } from './plan.js';

/** Links if anything changed; true if it did. Throws a UserError if the linker refuses. Comes after `compile`. */
export async function link(plan: BuildPlan, options: CompileOptions): Promise<boolean> {
  const outcome = await runPlan(plan, options);
  if (!outcome.ok)
    throw new UserError('the linker refused the objects; its messages stand above', { exit: 'buildFailed' });
  return outcome.steps > 0;
}
