/**
 * First stage: third-party sources, had from the Debian mirror that this machine's apt is set up with, checked by
 * digest and kept in the cache. With everything in the cache, no network is needed.
 */
import { basename, join } from 'node:path';
import type { PortData, Source } from '../config/recipe.js';
import { ToolError, UserError } from '../errors.js';
import { debianMirror } from '../sys/apt.js';
import { sleep } from '../sys/clock.js';
import { sha256File } from '../sys/digest.js';
import { exec, orThrow } from '../sys/exec.js';
import { copyFile, exists, makeDirectory, remove, rename, temporaryName } from '../sys/fs.js';
import { cacheDirectory, makeTemporaryDirectory } from '../sys/places.js';

const aptHelper = '/usr/lib/apt/apt-helper';
/** Waits between attempts, in milliseconds: a mirror can answer 404 and have the file a little later. */
const usualWaits: readonly number[] = [1_000, 4_000, 10_000];

export interface Work {
  signal?: AbortSignal | undefined;
  /** Shows what is being done. */
  report(status: string): void;
}

/** Where a source lies in the cache, whether it has been had yet or not. */
export function sourcePath(source: Source): string {
  return join(cacheDirectory(), 'sources', source.sha256.slice(0, 16), basename(source.debian));
}

/**
 * Path in the cache of the first of the sources that can be had, downloaded if need be. May take minutes on a slow line.
 * Throws a ToolError when the mirror gives none of them, with the place to put one by hand.
 */
export async function obtain(sources: readonly Source[], work: Work, waits = usualWaits): Promise<string> {
  for (const source of sources) {
    const path = sourcePath(source);
    if (!exists(path)) continue;
    if ((await sha256File(path)) === source.sha256) return path;
    await remove(path);
  }
  let failure: unknown;
  for (const source of sources) {
    try {
      // Where there is a next one to try, it is tried at once.
      return await fetchSource(source, work, source === sources.at(-1) ? waits : []);
    } catch (error) {
      work.signal?.throwIfAborted();
      failure = error;
    }
  }
  throw failure;
}

async function fetchSource(source: Source, work: Work, waits: readonly number[]): Promise<string> {
  const path = sourcePath(source);
  const url = `${await debianMirror()}/${source.debian}`;
  work.report(`downloading ${basename(path)}`);
  await makeDirectory(join(path, '..'));
  const temporary = temporaryName(path);
  try {
    await download(url, temporary, source, work, waits);
    await rename(temporary, path);
  } finally {
    await remove(temporary);
  }
  return path;
}

async function download(
  url: string,
  file: string,
  source: Source,
  work: Work,
  waits: readonly number[],
): Promise<void> {
  if (!exists(aptHelper)) {
    throw new UserError(`${aptHelper} is missing: downloads go through apt`, {
      next: [`get ${url} by other means and put it at ${sourcePath(source)}`],
    });
  }
  // Of a mirror that is a folder, apt's method file: would leave a link to it.
  const address = url.replace(/^file:/, 'copy:');
  const command = [aptHelper, '-q', 'download-file', address, file, `SHA256:${source.sha256}`] as const;
  for (let attempt = 0; ; attempt += 1) {
    const result = await exec(command, { timeout: 600_000, ...(work.signal ? { signal: work.signal } : {}) });
    work.signal?.throwIfAborted();
    if (result.exitCode === 0 && (await sha256File(file)) === source.sha256) return;
    const wait = waits[attempt];
    if (wait === undefined) {
      throw new ToolError(
        `cannot download ${url}`,
        { command, status: result.exitCode, stderrTail: result.stderr.trimEnd().split('\n').slice(-6).join('\n') },
        {
          next: [
            `try again later, or get the file by other means and put it at ${sourcePath(source)}`,
            'LWD_DEBIAN_MIRROR=URL names another mirror',
          ],
        },
      );
    }
    work.report(`${basename(url)}: no luck, trying again`);
    await remove(file);
    await sleep(wait, work.signal);
  }
}

/** Unpacks a tar archive, whatever its compression, into the folder `to`, which is made; drops the archive's top folder. */
export async function unpack(archive: string, to: string, work: Work): Promise<void> {
  work.report(`unpacking ${basename(archive)}`);
  await makeDirectory(to);
  const command = [
    'tar',
    '--extract',
    '--no-same-owner',
    '--strip-components=1',
    `--file=${archive}`,
    `--directory=${to}`,
  ] as const;
  orThrow(
    await exec(command, { timeout: 300_000, ...(work.signal ? { signal: work.signal } : {}) }),
    `unpacking ${archive}`,
  );
}

/** Puts the port's data file where `data.path` says, if it is not there. */
export async function obtainData(data: PortData, work: Work): Promise<void> {
  if (exists(data.path) && (await sha256File(data.path)) === data.sha256) return;
  const archive = await obtain(data.recipe.source, work);
  const folder = await makeTemporaryDirectory('lwd-data');
  try {
    await unpack(archive, folder, work);
    const found = join(folder, data.member);
    if (!exists(found) || (await sha256File(found)) !== data.sha256) {
      throw new Error(`port ${data.recipe.name}: ${data.member} is not what the recipe says`);
    }
    await makeDirectory(join(data.path, '..'));
    // Another project's build may be packing the file at this moment: it sees the whole of it.
    const beside = temporaryName(data.path);
    await copyFile(found, beside);
    await rename(beside, data.path);
  } finally {
    await remove(folder);
  }
}
