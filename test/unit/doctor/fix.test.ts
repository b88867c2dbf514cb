import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { installPackages } from '../../../src/doctor/fix.js';

let folder: string;
let said: string;

/** Puts an apt-get (and a sudo) on PATH that writes down how it was called. `install` fails the first `failures` times. */
function fakeApt(failures: number): void {
  const apt = `#!/bin/sh
echo "apt-get $*" >>${folder}/calls
echo "frontend $DEBIAN_FRONTEND"
[ "$1" = install ] || exit 0
count=$(grep -c "apt-get install" ${folder}/calls)
[ "$count" -gt ${failures} ] || { echo "E: Unable to locate package" >&2; exit 100; }
`;
  writeFileSync(join(folder, 'apt-get'), apt, { mode: 0o755 });
  writeFileSync(join(folder, 'sudo'), `#!/bin/sh\necho sudo >>${folder}/calls\nexec "$@"\n`, { mode: 0o755 });
  vi.stubEnv('PATH', `${folder}:/usr/bin:/bin`);
}

const options = (root: boolean) => ({
  root,
  show: (chunk: Uint8Array) => {
    said += Buffer.from(chunk).toString();
  },
  signal: new AbortController().signal,
});
const calls = () => readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n');

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lwd-apt-'));
  said = '';
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

it('installs, and never asks', async () => {
  fakeApt(0);
  await installPackages(['zstd', 'cpio'], options(true));
  expect(calls()).toEqual(['apt-get install --yes --no-install-recommends zstd cpio']);
  expect(said).toBe('frontend noninteractive\n');
});

it('fetches the lists when that fails, and tries once more, by sudo for a user', async () => {
  fakeApt(1);
  await installPackages(['zstd'], options(false));
  const install = 'apt-get install --yes --no-install-recommends zstd';
  expect(calls()).toEqual(['sudo', install, 'sudo', 'apt-get update', 'sudo', install]);
});

it('gives up after that, in the words of apt', async () => {
  fakeApt(9);
  await expect(installPackages(['zstd'], options(true))).rejects.toThrow(/apt-get install: env ended with status 100/);
  expect(said).toContain('E: Unable to locate package');
  expect(calls()).toHaveLength(3);
});

it('says so where there is no apt', async () => {
  vi.stubEnv('PATH', folder);
  await expect(installPackages(['zstd'], options(true))).rejects.toThrow(/there is no apt-get here/);
});

it('runs nothing when nothing is missing', async () => {
  vi.stubEnv('PATH', folder);
  await installPackages([], options(true));
});
