/** Link-time truth: what of POSIX a linked program can reach and does not get. */
import { cpSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { guestFolder, lwdEnding, lwdJson, root } from './lwd.js';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lwd-posix-'));
});

afterAll(() => rmSync(folder, { recursive: true }));

interface Built {
  posix: { call: string; kind: string; why: string; chain: string[] }[];
}

const refused = ['chown EPERM', 'execve ENOSYS', 'fork ENOSYS', 'mkfifo ENOSYS', 'mknod ENOSYS', 'setpriority EACCES'];
const reached = [...refused, 'setuid EPERM', 'system ENOSYS', 'wait ECHILD', 'waitpid ECHILD'].concat(
  ['getpid', 'getrusage', 'tcsetattr'].map((name) => `${name} fake`),
);

test.each(['release', 'lto'])(
  'what is reached, and by whom, and nothing else (%s)',
  async (profile) => {
    const build = ['build', '--posix-report', '--profile', profile];
    const { posix } = (await lwdJson(build, { cwd: guestFolder('shortfall'), timeout: 600_000 })) as Built;
    expect(posix.map(({ call, kind }) => `${call} ${kind}`)).toEqual(reached);
    const chainOf = (name: string) => posix.find(({ call }) => call === name)?.chain;
    expect(chainOf('mkfifo')?.[0]).toBe('(before main)');
    expect(chainOf('fork')?.[0]).toBe('main');
    if (profile === 'release') expect(chainOf('fork')).toEqual(['main', 'commands', 'run_child', 'fork']);
  },
  1_300_000,
);

test('strict: the build fails, and says why; a program that reaches none passes', async () => {
  const refused = await lwdEnding(65, ['build', '--profile', 'strict'], { cwd: guestFolder('shortfall') });
  expect(refused.stderr).toContain('fork (ENOSYS: one process, which starts no other), by main > commands > run_child');
  const cwd = join(folder, 'hello');
  await lwdEnding(0, ['init', cwd]);
  writeFileSync(join(cwd, 'lwd.yaml'), 'name: hello\nbuild: {sources: [src/main.c]}\nposix: strict\n');
  await lwdEnding(0, ['build'], { cwd });
  expect((await lwdEnding(0, ['build', '--posix-report'], { cwd })).stdout).toContain(
    'reaches no call that is refused',
  );
});

test('of a program that another build system linked', async () => {
  const cwd = join(folder, 'make');
  cpSync(join(root, 'test/fixtures/build-systems'), cwd, { recursive: true });
  renameSync(join(cwd, 'simple.mk'), join(cwd, 'Makefile'));
  writeFileSync(join(cwd, 'src/main.c'), '#include <unistd.h>\nint main(void) { return fork() ? 1 : 0; }\n');
  writeFileSync(join(cwd, 'lwd.yaml'), 'name: small\nbuild: {make: .}\n');
  const { posix } = (await lwdJson(['build', '--posix-report'], { cwd })) as Built;
  expect(posix).toMatchObject([{ call: 'fork', kind: 'ENOSYS', chain: ['main', 'fork'] }]);
});
