/** The pipeline as a user meets it: from a template to a running program, again without work, and with mistakes. */
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lwdEnding, lwdJson, runProgram } from './lwd.js';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lwd-build-'));
});

afterAll(() => rmSync(folder, { recursive: true }));

async function hello(name: string): Promise<string> {
  const project = join(folder, name);
  await lwdEnding(0, ['init', project, '--template', 'hello']);
  return project;
}

test('init → build → up', async () => {
  const cwd = await hello('first');
  await lwdEnding(0, ['build'], { cwd });
  const ended = await lwdEnding(0, ['up', '--', 'one', 'two words'], { cwd });
  expect(ended.stdout).toContain('two words');
});

test('up builds what is stale', async () => {
  const cwd = await hello('stale');
  await lwdEnding(0, ['up'], { cwd });
  const source = join(cwd, 'src/main.c');
  writeFileSync(source, '#include <stdio.h>\nint main(void) { puts("changed"); return 5; }\n');
  expect((await lwdEnding(5, ['up'], { cwd })).stdout).toBe('changed\n');
});

describe('a second build', () => {
  test('does nothing, says so, and leaves the image alone', async () => {
    const cwd = await hello('twice');
    await lwdEnding(0, ['build'], { cwd });
    const before = readFileSync(join(cwd, '.lwd/build/twice'));
    expect(await lwdJson(['build'], { cwd })).toMatchObject({ name: 'twice' });
    const again = await lwdEnding(0, ['build'], { cwd });
    expect(again.stderr + again.stdout).toMatch(/up to date/);
    expect(readFileSync(join(cwd, '.lwd/build/twice')).equals(before)).toBe(true);
  });

  test('compiles the one file that changed', async () => {
    const cwd = await hello('one');
    const second = join(cwd, 'src/second.c');
    writeFileSync(second, 'int second(void);\nint second(void) { return 1; }\n');
    await lwdEnding(0, ['build'], { cwd });
    appendFileSync(second, 'int third(void);\nint third(void) { return 3; }\n');
    const again = await lwdEnding(0, ['build'], { cwd });
    expect(again.stderr).toMatch(/1 of 2 files/);
  });

  test('of the same source in another folder gives the same bytes', async () => {
    const images = [];
    for (const place of ['here', 'elsewhere']) {
      const cwd = join(folder, place, 'same');
      await lwdEnding(0, ['init', cwd, '--template', 'hello']);
      await lwdEnding(0, ['build'], { cwd });
      images.push(readFileSync(join(cwd, '.lwd/build/same')));
    }
    expect(images[0]?.equals(images[1] ?? Buffer.alloc(0))).toBe(true);
  });
});

test.each(['debug', 'lto'])(
  'the profile %s runs as well',
  async (profile) => {
    const cwd = await hello(`with-${profile}`);
    // The libraries for lto are made when they are first asked for.
    const ended = await lwdEnding(0, ['up', '--profile', profile, '--', 'x'], { cwd, timeout: 600_000 });
    expect(ended.stdout).toContain('x');
  },
  1_300_000,
);

test("a compiler's error reaches the user as the compiler wrote it", async () => {
  const cwd = await hello('broken');
  writeFileSync(join(cwd, 'src/main.c'), 'int main(void)\n{\n    return missing_name;\n}\n');
  const ended = await lwdEnding(65, ['build'], { cwd });
  expect(ended.stderr).toMatch(/src\/main\.c:3:12: error: .*missing_name/);
});

test("a linker's error names the symbol", async () => {
  const cwd = await hello('unlinked');
  writeFileSync(join(cwd, 'src/main.c'), 'int elsewhere(void);\nint main(void)\n{\n    return elsewhere();\n}\n');
  const ended = await lwdEnding(65, ['build'], { cwd });
  expect(ended.stderr).toContain('elsewhere');
});

test('init does not write over what is there', async () => {
  const cwd = await hello('full');
  const ended = await lwdEnding(78, ['init', cwd, '--template', 'hello']);
  expect(ended.stderr).toContain('lwd.yaml');
  await lwdEnding(0, ['init', cwd, '--template', 'hello', '--force']);
});

test('editors find compile_commands.json', async () => {
  const cwd = await hello('editor');
  await lwdEnding(0, ['build'], { cwd });
  const place = ['compile_commands.json', '.lwd/build/compile_commands.json'].find((file) =>
    existsSync(join(cwd, file)),
  );
  const commands = JSON.parse(readFileSync(join(cwd, place ?? 'none'), 'utf8'));
  expect(commands.map((entry: { file: string }) => entry.file).join()).toContain('main.c');
});

test('hello is small', async () => {
  const cwd = await hello('small');
  await lwdEnding(0, ['build'], { cwd });
  const size = readFileSync(join(cwd, '.lwd/build/small')).length;
  expect(size).toBeLessThan(150 * 1024);
  const sections = await runProgram(['llvm-readelf-19', '-S', '-W', join(cwd, '.lwd/build/small')]);
  expect(sections).not.toContain('.debug_');
});
