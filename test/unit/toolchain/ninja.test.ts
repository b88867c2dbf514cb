import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ToolError } from '../../../src/errors.js';
import { shellLine } from '../../../src/sys/shell-word.js';
import { type NinjaStep, ninjaText, runNinja } from '../../../src/toolchain/ninja.js';
import { folderWith } from '../config/project.js';

function run(folder: string, steps: NinjaStep[], target?: string, colour = false) {
  writeFileSync(join(folder, 'build.ninja'), ninjaText(steps, 'state', { all: steps.flatMap((step) => step.outputs) }));
  return runNinja({
    file: 'build.ninja',
    cwd: folder,
    program: 'ninja',
    jobs: 1,
    colour,
    report: () => {},
    ...(target === undefined ? {} : { targets: [target] }),
  });
}

/** Writes its arguments to the output, one a line. */
function writer(output: string, words: string[], inputs: string[] = []): NinjaStep {
  const command = ['sh', '-c', 'out=$1; shift; printf "%s\\n" "$@" > "$out"', 'sh', output, ...words];
  return { outputs: [output], inputs, command, description: output };
}

test('the shell gets the words that went in, whatever is in them', () => {
  const word = fc.string({ unit: 'grapheme', maxLength: 20 }).filter((value) => !/[\0\n]/.test(value));
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), (words) => {
      const printed = execFileSync('/bin/sh', ['-c', shellLine(['printf', '%s\\n', ...words])], { encoding: 'utf8' });
      expect(printed).toBe(words.map((each) => `${each}\n`).join(''));
    }),
    { numRuns: 50 },
  );
});

describe('with the real ninja', () => {
  const odd = `a $x "b" 'c' \\d #e %f $$ {g} é`;

  test('odd names and arguments arrive as they are', async () => {
    const folder = folderWith({ 'in $1 put': '' });
    const outcome = await run(folder, [writer(odd, [odd, '$in', '--flag=a b'], ['in $1 put'])]);
    expect(outcome).toEqual({ ok: true, steps: 1, diagnostics: '', failedStep: false, ninjaSays: [] });
    expect(readFileSync(join(folder, odd), 'utf8')).toBe(`${odd}\n$in\n--flag=a b\n`);
  });

  test('a second time there is nothing to do', async () => {
    const folder = folderWith({});
    await run(folder, [writer('x', ['y'])]);
    expect(await run(folder, [writer('x', ['y'])])).toMatchObject({ ok: true, steps: 0, diagnostics: '' });
    expect(await run(folder, [writer('x', ['z'])])).toMatchObject({ ok: true, steps: 1 });
  });

  test('one target alone', async () => {
    const folder = folderWith({});
    expect(await run(folder, [writer('x', []), writer('y', [])], 'y')).toMatchObject({ ok: true, steps: 1 });
    expect([existsSync(join(folder, 'x')), existsSync(join(folder, 'y'))]).toEqual([false, true]);
  });

  test.each([false, true])(
    'what a failed step says comes through, and nothing of ninja (colour: %s)',
    async (colour) => {
      const red = colour ? '\u001b[31mred\u001b[0m' : 'red';
      const says = [`main.c:1:2: ${red} error: no`, 'FAILED: not ninja this time', '  | x  '];
      const step: NinjaStep = {
        ...writer('x', []),
        command: ['sh', '-c', 'printf "%s\\n" "$@" >&2; exit 3', 'sh', ...says],
      };
      const outcome = await run(folderWith({}), [step], undefined, colour);
      expect(outcome.ok).toBe(false);
      expect(outcome.diagnostics).toBe(says.join('\n'));
    },
  );

  test('warnings of a step that succeeds come through', async () => {
    const step: NinjaStep = { ...writer('x', []), command: ['sh', '-c', 'echo careful; : > x'] };
    expect(await run(folderWith({}), [step])).toMatchObject({ ok: true, diagnostics: 'careful' });
  });

  test('a list longer than a command line may be', async () => {
    const words = Array.from({ length: 20_000 }, (_, index) => `a word number ${index}`);
    const folder = folderWith({});
    const response = { path: 'x.list', words };
    await run(folder, [{ outputs: ['x'], inputs: [], command: ['cp', 'x.list', 'x'], response, description: 'x' }]);
    expect(readFileSync(join(folder, 'x'), 'utf8')).toBe(shellLine(words));
    expect(existsSync(join(folder, 'x.list'))).toBe(false);
  });

  test('a source that is gone is a failure of ninja itself', async () => {
    await expect(run(folderWith({}), [writer('x', [], ['gone.c'])])).rejects.toThrow(ToolError);
  });

  test('an output that is gone is made again', async () => {
    const folder = folderWith({});
    await run(folder, [writer('x', ['y'])]);
    rmSync(join(folder, 'x'));
    expect((await run(folder, [writer('x', ['y'])])).steps).toBe(1);
  });
});
