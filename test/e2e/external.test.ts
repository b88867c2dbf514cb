/** Build systems that know nothing of lwd: one small program, built by each of them, as a project and by hand. */
import { appendFileSync, cpSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findProgram } from '../../src/sys/programs.js';
import { lwd, lwdEnding, lwdJson, root, runProgram } from './lwd.js';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lwd-external-'));
});

afterAll(() => rmSync(folder, { recursive: true }));

const systems = [
  { system: 'cmake', needs: ['cmake'] },
  { system: 'meson', needs: ['meson'] },
  { system: 'configure', needs: ['autoreconf', 'aclocal'] },
  { system: 'make', needs: ['make'] },
] as const;

/** The program's folder, ready for the build system, with an lwd.yaml that names it. */
async function small(system: string, place: string): Promise<string> {
  const cwd = join(folder, place);
  cpSync(join(root, 'test/fixtures/build-systems'), cwd, { recursive: true });
  if (system === 'make') renameSync(join(cwd, 'simple.mk'), join(cwd, 'Makefile'));
  if (system === 'configure') await runProgram(['autoreconf', '--install'], { cwd });
  writeFileSync(join(cwd, 'lwd.yaml'), `name: small\nbuild: {${system}: .}\nargs: [a, b, c, d]\n`);
  return cwd;
}

const said = (system: string) =>
  `made by ${system}: strdup 1, nonexistent 0, time_t 8, root 2\nown 11, other's 12, errno 1, constructed 2, parts 3, part.c\n`;

/** Named among the skipped tests where it cannot run. */
function testWith(needs: readonly string[]) {
  return test.skipIf(needs.some((name) => findProgram(name) === undefined));
}

for (const { system, needs } of systems) {
  describe(`a project built by ${system} (needs ${needs.join(', ')})`, () => {
    testWith(needs)('runs, is built once, again when a file changes, and is the same wherever it lies', async () => {
      const cwd = await small(system, `${system}-here`);
      expect((await lwdEnding(3, ['up'], { cwd })).stdout).toBe(said(system));
      expect(await lwdJson(['build'], { cwd })).toMatchObject({ name: 'small', changed: false });
      const elsewhere = await small(system, `${system}-in-a-folder-of-another-name`);
      await lwdEnding(0, ['build'], { cwd: elsewhere });
      const [image, other] = [cwd, elsewhere].map((place) => readFileSync(join(place, '.lwd/build/small')));
      expect(image?.equals(other ?? Buffer.alloc(0))).toBe(true);
      writeFileSync(join(cwd, 'src/main.c'), 'int main(void) { return 9; }\n');
      await lwdEnding(9, ['up'], { cwd });
      appendFileSync(join(cwd, 'src/main.c'), 'int broken(void) { return missing_name; }\n');
      const broken = await lwdEnding(65, ['build'], { cwd });
      expect(broken.stderr).toMatch(/main\.c:2:\d+: error: .*missing_name/);
    });
  });
}

test('a program by another name than the project is asked for by what there is', async () => {
  const cwd = await small('make', 'other-name');
  writeFileSync(join(cwd, 'lwd.yaml'), 'name: big\nbuild: {make: .}\n');
  const { stderr } = await lwdEnding(65, ['build'], { cwd });
  expect(stderr).toContain('left no program big');
  expect(stderr).toContain('it left small');
  writeFileSync(join(cwd, 'lwd.yaml'), 'name: big\nbuild: {make: ., program: small}\n');
  await lwdEnding(0, ['build'], { cwd });
});

describe('lwd env', () => {
  test('runs a program in the environment, and ends as it does', async () => {
    const ended = await lwdEnding(5, ['env', '--', 'sh', '-c', 'command -v "$CC"; command -v "$PKG_CONFIG"; exit 5']);
    expect(ended.stdout).toMatch(/\/bin\/x86_64-lwd-elf-clang\n.*\/bin\/x86_64-lwd-elf-pkg-config\n/);
  });

  test('prints it for a shell, and the program made there runs, with symbols', async () => {
    const cwd = await small('make', 'by-hand');
    const script = 'eval "$1"; make CC="$CC" && x86_64-lwd-elf-gcc -shared src/part.o -o part.so';
    const shared = ['sh', '-c', script, 'sh', (await lwdEnding(0, ['env'])).stdout] as const;
    await expect(runProgram(shared, { cwd })).rejects.toThrow('no shared libraries in a domain');
    expect((await lwdEnding(3, ['up', './small', '--', 'a', 'b', 'c', 'd'], { cwd })).stdout).toBe(said('make'));
    writeFileSync(join(cwd, 'crash.c'), 'int main(void) { *(volatile int *)0 = 1; }\n');
    await lwdEnding(0, ['env', '--', 'x86_64-lwd-elf-cc', '-g', 'crash.c', '-o', 'crash.elf'], { cwd });
    expect((await lwd(['up', './crash.elf'], { cwd })).stderr).toMatch(/at main at .*crash\.c:1/);
  });

  test('names the files for CMake and Meson in JSON', async () => {
    const cross = (await lwdJson(['env'])) as { cmakeToolchainFile: string; mesonCrossFile: string };
    expect(readFileSync(cross.cmakeToolchainFile, 'utf8')).toContain('x86_64-lwd-elf-clang');
    expect(readFileSync(cross.mesonCrossFile, 'utf8')).toContain('[host_machine]');
  });
});
