/** The sysroot as others use it: by its compiler commands, by ports, and by `lwd toolchain` and `lwd clean`. */
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { redZoneUsers } from '../../src/toolchain/base.js';
import { readDeclarations } from '../../src/toolchain/declarations.js';
import { findTools } from '../../src/toolchain/tools.js';
import { lwdEnding, lwdJson, runProgram } from './lwd.js';

let folder: string;
let sysroot: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lwd-toolchain-'));
  const status = (await lwdJson(['toolchain', '--build'])) as { sysroot: { path: string } };
  sysroot = status.sysroot.path;
});

afterAll(() => rmSync(folder, { recursive: true }));

describe('the compiler command', () => {
  const compiler = () => join(sysroot, 'bin/x86_64-lwd-elf-clang');

  test('compiles and links as a build system calls it, and the result runs', async () => {
    const cwd = join(folder, 'cross');
    mkdirSync(cwd);
    writeFileSync(join(cwd, 'part.c'), '#include <math.h>\ndouble part(double x) { return sqrt(x) + cos(0); }\n');
    writeFileSync(
      join(cwd, 'main.c'),
      '#include <stdio.h>\ndouble part(double);\nint main(int n, char **v) { printf("%g %s\\n", part(16), v[n - 1]); return 7; }\n',
    );
    await runProgram([compiler(), '-std=c99', '-O2', '-Wall', '-c', 'part.c', '-o', 'part.o'], { cwd });
    await runProgram([join(sysroot, 'bin/x86_64-lwd-elf-ar'), 'rcs', 'libpart.a', 'part.o'], { cwd });
    const link = ['-g', '-O2', 'main.c', '-o', 'program', '-L.', '-lpart', '-lm', '-Wl,--gc-sections,-Map,program.map'];
    await runProgram([compiler(), ...link], { cwd });
    expect(existsSync(join(cwd, 'program.map'))).toBe(true);
    const ended = await lwdEnding(7, ['up', join(cwd, 'program'), '--', 'last word'], { cwd });
    expect(ended.stdout).toBe('5 last word\n');
  });

  test('sees none of the headers of this machine', async () => {
    const source = join(folder, 'host.c');
    writeFileSync(source, '#include <linux/version.h>\n');
    await expect(runProgram([compiler(), '-c', source, '-o', '/dev/null'])).rejects.toThrow(
      "'linux/version.h' file not found",
    );
  });
});

test('nothing in the sysroot keeps data below the stack pointer, where a PV domain has its frames pushed', async () => {
  for (const name of ['libc.a', 'libm.a', 'liblwd.a', 'libclang_rt.builtins.a']) {
    const listing = await runProgram(['llvm-objdump-19', '-d', '--no-show-raw-insn', join(sysroot, 'lib', name)]);
    expect(listing.length, name).toBeGreaterThan(10_000);
    expect(redZoneUsers(listing), name).toEqual([]);
  }
});

test("kernel and IP stack leave all names to programs but ISO C's", async () => {
  for (const name of ['liblwd.a', 'liblwip.a']) {
    const library = join(sysroot, 'lib', name);
    const listed = await runProgram(['llvm-nm-19', '--format=posix', '--defined-only', '--extern-only', library]);
    const strong = [...listed.matchAll(/^(\S+) [ABDGRST] /gm)].map(([, symbol]) => symbol ?? '');
    expect(strong.length, name).toBeGreaterThan(100);
    const standard = [
      'abort',
      'getenv',
      'memcpy',
      'memmove',
      'memset',
      'raise',
      'rename',
      'signal',
      'system',
      'h_errno',
    ].concat(['c16rtomb', 'c32rtomb', 'mbrtoc16', 'mbrtoc32']);
    expect(strong.filter((symbol) => !symbol.startsWith('_') && !standard.includes(symbol))).toEqual([]);
  }
});

test('what the headers declare, the libraries have', async () => {
  const defined = new Set<string>();
  for (const name of readdirSync(join(sysroot, 'lib')).filter((file) => file.endsWith('.a'))) {
    const options = ['--format=posix', '--defined-only', '--extern-only'];
    const listed = await runProgram(['llvm-nm-19', ...options, join(sysroot, 'lib', name)]);
    for (const [, symbol = ''] of listed.matchAll(/^(\S+) [A-Z] /gm)) defined.add(symbol);
  }
  const { all } = await readDeclarations(join(sysroot, 'include'), await findTools());
  expect(all.size).toBeGreaterThan(1500);
  // Names that begin so are the library's own, or each file's; lwd's interfaces have tests that call all of them. These two
  // variables are declared with the names that they have in the library.
  const missing = [...all].filter((name) => !defined.has(name) && !/^(?:_|lwd_|timezone$|daylight$)/.test(name));
  expect(missing).toEqual([]);
});

test('a header that changes recompiles what includes it, a setting that changes all', async () => {
  const cwd = join(folder, 'headers');
  await lwdEnding(0, ['init', cwd]);
  mkdirSync(join(cwd, 'include'));
  writeFileSync(join(cwd, 'include/value.h'), '#define VALUE 1\n');
  writeFileSync(join(cwd, 'src/user.c'), '#include "value.h"\nint user(void);\nint user(void) { return VALUE; }\n');
  const settings = join(cwd, 'lwd.yaml');
  writeFileSync(settings, readFileSync(settings, 'utf8').replace('build:', 'build:\n  include: [include]'));
  expect((await lwdEnding(0, ['build'], { cwd })).stderr).toContain('compile: 2 of 2 files');
  appendFileSync(join(cwd, 'include/value.h'), '#define OTHER 2\n');
  expect((await lwdEnding(0, ['build'], { cwd })).stderr).toContain('compile: 1 of 2 files');
  writeFileSync(settings, readFileSync(settings, 'utf8').replace('build:', 'build:\n  flags: [-O1]'));
  expect((await lwdEnding(0, ['build'], { cwd })).stderr).toContain('compile: 2 of 2 files');
});

test('an xl.cfg lies beside the image and is what lwd config prints', async () => {
  const cwd = join(folder, 'beside');
  await lwdEnding(0, ['init', cwd]);
  await lwdEnding(0, ['build'], { cwd });
  const written = readFileSync(join(cwd, '.lwd/build/beside.cfg'), 'utf8');
  expect(written).toContain(`kernel="${join(cwd, '.lwd/build/beside')}"`);
  expect((await lwdEnding(0, ['config'], { cwd })).stdout).toBe(written);
});

test('a warning is shown, and does not stop the build', async () => {
  const cwd = join(folder, 'warned');
  await lwdEnding(0, ['init', cwd]);
  appendFileSync(join(cwd, 'src/main.c'), '#warning "look here"\n');
  expect((await lwdEnding(0, ['build'], { cwd })).stderr).toContain('look here');
});

test("a port's file is packed, changed files are packed anew, and the manifest says where all is from", async () => {
  const cwd = join(folder, 'matrix');
  await lwdEnding(0, ['init', cwd, '--template', 'cg']);
  const settings = join(cwd, 'lwd.yaml');
  const text = readFileSync(settings, 'utf8').replace(/^args: .*$/m, '');
  writeFileSync(settings, text.replace('# files:', 'files:').replace('# args:', 'args:'));
  const ended = await lwdEnding(0, ['up'], { cwd });
  expect(ended.stdout).toContain('matrix     /lund_a.rsa: 147 unknowns, 2449 entries');
  const program = join(folder, 'cg-linux');
  await runProgram(['sh', '-c', 'cc -O3 -ffp-contract=off src/*.c -lm -o "$1"', 'sh', program], { cwd });
  const manifest = JSON.parse(readFileSync(join(cwd, '.lwd/build/manifest.json'), 'utf8'));
  const data = manifest.sources.find((source: { name: string }) => source.name === 'matrices/lund_a.rsa');
  const cache = ((await lwdJson(['toolchain'])) as { cache: { path: string } }).cache.path;
  const onLinux = await runProgram([program, join(cache, 'data', data.sha256.slice(0, 16), 'lund_a.rsa')]);
  const figures = (output: string) => output.split('\n').filter((line) => /^(iterations|residual|error) /.test(line));
  expect(figures(ended.stdout)).toHaveLength(3);
  expect(figures(ended.stdout)).toEqual(figures(onLinux));
});

test('clean removes what the build left, and nothing else', async () => {
  const cwd = join(folder, 'cleaned');
  await lwdEnding(0, ['init', cwd]);
  await lwdEnding(0, ['build'], { cwd });
  expect(await lwdJson(['clean'], { cwd })).toMatchObject({ removed: [{ path: join(cwd, '.lwd/build') }] });
  expect([existsSync(join(cwd, '.lwd/build')), existsSync(join(cwd, 'src/main.c'))]).toEqual([false, true]);
  expect(await lwdJson(['clean'], { cwd })).toMatchObject({ removed: [] });
});

test('a new cache with nothing but the sources, and no network: the same image, byte for byte', async () => {
  const cwd = join(folder, 'cold');
  await lwdEnding(0, ['init', cwd]);
  await lwdEnding(0, ['build'], { cwd });
  const first = readFileSync(join(cwd, '.lwd/build/cold'));
  const { cache } = (await lwdJson(['toolchain'])) as { cache: { path: string } };
  const fresh = join(folder, 'a cache');
  cpSync(join(cache.path, 'sources'), join(fresh, 'lwd/sources'), { recursive: true });
  await lwdEnding(0, ['clean'], { cwd });
  const offline = { XDG_CACHE_HOME: fresh, LWD_DEBIAN_MIRROR: 'http://127.0.0.1:9' };
  await lwdEnding(0, ['build'], { cwd, env: offline, timeout: 600_000 });
  expect(readFileSync(join(cwd, '.lwd/build/cold')).equals(first)).toBe(true);
  await lwdEnding(0, ['clean', '--toolchain'], { cwd, env: offline });
  expect(readdirSync(join(fresh, 'lwd')).sort()).toEqual(['locks', 'sources']);
}, 900_000);
