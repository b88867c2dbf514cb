/**
 * Checks of POSIX and ISO C by groups of functions: the same source in a domain and on Linux. One that fails on Linux is a
 * wrong expectation; none may fail in a domain.
 */
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { guestFolder, lwd, runProgram } from './lwd.js';

interface Report {
  /** A line a group: name, kinds, number of checks. */
  groups: string[];
  /** What the failed checks say. */
  failed: string[];
}

function read(stdout: string): Report {
  const groups = [...stdout.matchAll(/^group (.*) \| (\d+) \| (\d+)$/gm)].map(
    ([, name, passed, failed]) => `${name}: ${Number(passed) + Number(failed)}`,
  );
  return { groups, failed: [...stdout.matchAll(/^FAILED .* \w+\.c:\d+ (.*)$/gm)].map(([, what]) => what ?? '') };
}

async function onLinux(): Promise<Report> {
  const folder = mkdtempSync(join(tmpdir(), 'lwd-conformance-'));
  const source = guestFolder('conformance');
  const program = join(folder, 'conformance');
  const tree = join(folder, 'tree');
  try {
    mkdirSync(join(tree, 'deep/er'), { recursive: true });
    copyFileSync(join(source, 'root/lines.txt'), join(tree, 'lines.txt'));
    copyFileSync(join(source, 'root/lines.txt'), join(tree, 'deep/er/copy.txt'));
    copyFileSync(join(source, 'root/empty'), join(tree, 'empty'));
    const files = readdirSync(source).filter((file) => file.endsWith('.c'));
    mkdirSync(join(folder, 'work'));
    const flags = ['-O1', '-fno-builtin', '-D_GNU_SOURCE', '-w'];
    const inputs = files.map((file) => join(source, file));
    await runProgram(['clang-19', ...flags, ...inputs, '-lm', '-lpthread', '-o', program]);
    return read(await runProgram([program, tree, join(folder, 'work')]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test.each(['pv', 'pvh'])('what functions promise is kept, in a %s domain as on Linux', async (type) => {
  const linux = await onLinux();
  const work = mkdtempSync(join(tmpdir(), 'lwd-conformance-'));
  onTestFinished(() => rmSync(work, { recursive: true }));
  const volume = ['--volume', `${work}:/work`];
  const ended = await lwd(['up', '--type', type, ...volume], { cwd: guestFolder('conformance') });
  const domain = read(ended.stdout);
  expect(linux.failed).toEqual([]);
  expect(linux.groups.length).toBeGreaterThan(100);
  expect(domain.groups).toEqual(linux.groups);
  expect(domain.failed).toEqual([]);
  if (type === 'pv') console.log(ended.stdout.match(/^group .*$/gm)?.join('\n'));
});
