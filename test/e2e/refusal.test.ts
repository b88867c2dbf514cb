/** What lwd will not do: each refusal has a status of its own, says what is wrong and what to do, and leaves nothing. */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dom0, guestFolder, lwdEnding, lwdJson, ownDomain, xenDomains } from './lwd.js';

let folder: string;
const image = guestFolder('status', '.lwd/build/status');

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lwd-refusal-'));
});

afterAll(async () => {
  rmSync(folder, { recursive: true });
  expect(await xenDomains()).toEqual([]);
});

/** Each refusal is text for people: what, then what to do next; and nothing on stdout. */
async function refused(status: number, args: string[], cwd = folder): Promise<string> {
  const ended = await lwdEnding(status, args, { cwd });
  expect(ended.stdout).toBe('');
  expect(ended.stderr).toMatch(/^lwd: /m);
  expect(ended.stderr).not.toMatch(/^ +at .*\.js:/m);
  return ended.stderr;
}

describe('images', () => {
  test('a bare image runs', async () => {
    const copy = join(folder, 'whole.elf');
    copyFileSync(image, copy);
    await lwdEnding(21, ['up', copy, '--', '21'], { cwd: folder });
  });

  test.each([10, 64, 1000, 20_000])('cut off after %i bytes', async (bytes) => {
    const copy = join(folder, `cut-${bytes}.elf`);
    copyFileSync(image, copy);
    truncateSync(copy, bytes);
    expect(await refused(73, ['up', copy])).toContain(copy);
  });

  test('an empty file, and one that is not there', async () => {
    writeFileSync(join(folder, 'empty.elf'), '');
    expect(await refused(73, ['up', join(folder, 'empty.elf')])).toContain('empty.elf');
    expect(await refused(64, ['up', join(folder, 'missing.elf')])).toContain('missing.elf');
  });

  test('a program of this Linux', async () => {
    expect(await refused(73, ['up', process.execPath])).toContain(process.execPath);
  });

  test('an image that was changed after it was built', async () => {
    const project = join(folder, 'changed');
    mkdirSync(project);
    copyFileSync(guestFolder('status', 'main.c'), join(project, 'main.c'));
    writeFileSync(join(project, 'lwd.yaml'), 'name: changed\nbuild: {sources: [main.c]}\n');
    await lwdEnding(0, ['build'], { cwd: project });
    const built = join(project, '.lwd/build/changed');
    truncateSync(built, readFileSync(built).length - 100);
    await refused(73, ['up', built]);
    // A project's is built again.
    await lwdEnding(4, ['up', '--', '4'], { cwd: project });
    await lwdEnding(4, ['up', built, '--', '4']);
  });
});

describe('resources', () => {
  test('more memory than the host has', async () => {
    const words = await refused(71, ['up', '--memory', '64G'], guestFolder('status'));
    expect(words).toMatch(/\d+ MiB are free/);
  });

  test('less memory than anything starts with', async () => {
    await refused(78, ['up', '--memory', '3M'], guestFolder('status'));
  });
});

describe('the command line', () => {
  const status = guestFolder('status');

  test('an unknown command, an unknown flag, a wrong value', async () => {
    await refused(64, ['upp']);
    await refused(64, ['up', '--bogus'], status);
    await refused(64, ['up', '--type', 'hvm'], status);
    await refused(64, ['up', '--timeout', 'soon'], status);
    await refused(64, ['up', '--name', '17'], status);
    await refused(64, ['up', '--cpus', '1;2'], status);
    await refused(64, ['up', '--env', 'novalue'], status);
  });

  test('a name that comes by standard input is none', async () => {
    for (const command of [['down', '--now'], ['stop']]) {
      const { stderr } = await lwdEnding(64, command, { input: 'nobody\n' });
      expect(stderr).toContain('name the domains');
    }
  });

  test('errors are JSON where JSON is asked for', async () => {
    const ended = await lwdEnding(127, ['wait', 'nobody', '--json']);
    expect(JSON.parse(ended.stdout)).toMatchObject({ error: { exitCode: 127 } });
  });

  test('no project', async () => {
    expect(await refused(78, ['up'])).toContain('lwd.yaml');
  });

  test('no host', async () => {
    const flags = ['up', '--host', 'ssh://nobody@127.0.0.1:9'];
    expect(await refused(69, flags, status)).toContain('127.0.0.1');
  });
});

test('an image that somebody removed from the host is sent again', async () => {
  const status = guestFolder('status');
  const up = ['up', '--name', ownDomain('sent-again'), '--', '3'];
  await lwdEnding(3, up, { cwd: status });
  const { domain } = (await lwdJson(['up', '--dry-run'], { cwd: status })) as { domain: { kernel: string } };
  await dom0('rm', domain.kernel);
  expect((await lwdEnding(73, up, { cwd: status })).stderr).toMatch(/has gone from embedded .*\n {2}next: try again/);
  await lwdEnding(3, up, { cwd: status });
});

describe('lwd.yaml', () => {
  test('all problems at once, each with line and column', async () => {
    const project = join(folder, 'wrong');
    mkdirSync(project);
    const text = 'name: wrong\nbuild:\n  sources: [missing.c]\ndomain:\n  memori: 8M\n  vcpus: many\n';
    writeFileSync(join(project, 'lwd.yaml'), text);
    const words = await refused(78, ['build'], project);
    expect(words).toMatch(/lwd\.yaml:3:\d+ .*missing\.c/);
    expect(words).toMatch(/lwd\.yaml:5:\d+ .*memori.*memory/);
    expect(words).toMatch(/lwd\.yaml:6:\d+ .*vcpus/);
  });
});
