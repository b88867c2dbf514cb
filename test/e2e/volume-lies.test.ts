/** Host directories whose servers in dom0 lie: the real server, with lies put over what it answers. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { pushedPath } from '../../src/host/dom0-files.js';
import { sha256File } from '../../src/sys/digest.js';
import { compileDom0Program, ensureDom0Program } from '../../src/toolchain/dom0-program.js';
import { dom0, guestFolder, lwdEnding, ownDomain, root } from './lwd.js';

/** By their numbers in liar.c: what ends the connection at once, and what only makes answers wrong. */
const broken = [1, 2, 3, 4, 5, 11, 12, 14];
const wrong = [6, 7, 8, 10];
/** Seeds of random changes. */
const flips = [20, 21];

/** Milliseconds: a dozen servers, and each volume's copy is made on its own. */
const timeout = 400_000;

/** Has the next domains on the tests' host served by the liar: files there are named by digests, and trusted. */
async function putLiarInPlace(): Promise<void> {
  const signal = AbortSignal.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), 'lwd-liar-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const fixture = join(root, 'test/fixtures/lying-volume-server');
  const [path, digest] = [join(folder, 'liar'), (await ensureDom0Program('volume-server', signal)).sha256];
  await compileDom0Program(
    'volume-server',
    path,
    ['-include', join(fixture, 'liar.h'), join(fixture, 'liar.c')],
    signal,
  );
  await lwdEnding(0, ['up', '--volume', `${folder}:/data:ro`, '--', 'cat', '/fixed/text'], {
    cwd: guestFolder('volume'),
  });
  const kept = `${pushedPath(digest)}.kept`;
  await dom0('cp', '-p', pushedPath(digest), kept);
  onTestFinished(async () => void (await dom0('mv', '-f', kept, pushedPath(digest))));
  const copied = await lwdEnding(0, ['host', 'ssh', '--', 'sh', '-c', `base64 -d >${pushedPath(digest)}`], {
    input: readFileSync(path).toString('base64'),
  });
  expect(copied.stderr).toBe('');
  expect(await sha256File(path)).not.toBe(digest);
}

test(
  'servers that lie cost their own directories, and nothing else',
  async () => {
    await putLiarInPlace();
    const folder = mkdtempSync(join(tmpdir(), 'lwd-lies-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const lies = [...broken, ...wrong, ...flips];
    const volumes = lies.flatMap((lie, index) => {
      const source = join(folder, String(index));
      mkdirSync(source);
      writeFileSync(join(source, 'big'), Buffer.alloc(60_000, 'x'));
      writeFileSync(join(source, 'lie'), String(lie));
      // Each copy that is brought back takes its time.
      return ['--volume', `${source}:/liar/${index}${broken.includes(lie) ? ':ro' : ''}`];
    });
    const honest = join(folder, 'honest');
    mkdirSync(honest);
    const { stdout } = await lwdEnding(
      0,
      [
        'up',
        '--memory',
        '64M',
        '--name',
        ownDomain('lies'),
        ...volumes,
        '--volume',
        `${honest}:/data`,
        '--',
        'hear-lies',
        `${lies.length}`,
      ],
      { cwd: guestFolder('volume'), timeout },
    );
    expect(stdout).toMatch(/^memory: untouched$/m);
    const told = [...stdout.matchAll(/^liar (\d+): (\d+) calls, (\d+) failed, (\d+) by EIO$/gm)];
    const byEio = told.map((line) => Number(line[4]));
    expect(told).toHaveLength(lies.length);
    // A dozen answers are true, then all is lost.
    for (const [index] of broken.entries()) expect(byEio[index]).toBeGreaterThan(40);
    for (const [index, line] of told.entries())
      if (index < lies.length - flips.length) expect(Number(line[3])).toBeGreaterThan(0);
  },
  timeout,
);
