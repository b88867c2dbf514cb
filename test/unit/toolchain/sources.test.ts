import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { PortData, Recipe } from '../../../src/config/recipe.js';
import { sha256 } from '../../../src/sys/digest.js';
import { obtain, obtainData, sourcePath, unpack } from '../../../src/toolchain/sources.js';
import { folderWith } from '../config/project.js';

const work = { report: () => {} };
const content = 'the source\n';
const good = { debian: 'pool/main/x/x/x.tar', sha256: sha256(content) };

/** A mirror in a folder, and a cache that is empty. */
let mirror: string;

beforeEach(() => {
  mirror = folderWith({ [good.debian]: content });
  vi.stubEnv('LWD_DEBIAN_MIRROR', `file://${mirror}`);
  vi.stubEnv('XDG_CACHE_HOME', folderWith({}));
  return () => vi.unstubAllEnvs();
});

describe('sources', () => {
  test('are had from the mirror once, then from the cache', async () => {
    const path = await obtain([good], work, []);
    expect(readFileSync(path, 'utf8')).toBe(content);
    vi.stubEnv('LWD_DEBIAN_MIRROR', 'file:///nowhere');
    expect(await obtain([good], work, [])).toBe(path);
  });

  test('of the wrong content are refused, and leave nothing', async () => {
    writeFileSync(join(mirror, good.debian), 'something else\n');
    await expect(obtain([good], work, [])).rejects.toMatchObject({
      message: `cannot download file://${mirror}/${good.debian}`,
      next: [expect.stringContaining(sourcePath(good)), expect.stringContaining('LWD_DEBIAN_MIRROR')],
    });
    expect(existsSync(sourcePath(good))).toBe(false);
  });

  test('are tried again, as often as there are waits', async () => {
    const report = vi.fn();
    vi.stubEnv('LWD_DEBIAN_MIRROR', 'file:///nowhere');
    await expect(obtain([good], { report }, [1, 1])).rejects.toThrow('cannot download');
    expect(report.mock.calls.filter(([text]) => text.includes('trying again'))).toHaveLength(2);
  });

  test('a second address is used when the first has nothing', async () => {
    const gone = { debian: 'pool/main/x/x/gone.tar', sha256: sha256('gone') };
    expect(await obtain([gone, good], work, [])).toBe(sourcePath(good));
  });

  test('that were damaged in the cache are had again', async () => {
    const path = await obtain([good], work, []);
    writeFileSync(path, 'damaged');
    expect(readFileSync(await obtain([good], work, []), 'utf8')).toBe(content);
  });

  test('put into the cache by hand are taken', async () => {
    vi.stubEnv('LWD_DEBIAN_MIRROR', 'file:///nowhere');
    mkdirSync(dirname(sourcePath(good)), { recursive: true });
    writeFileSync(sourcePath(good), content);
    expect(await obtain([good], work, [])).toBe(sourcePath(good));
  });

  test('an interruption ends the waiting', async () => {
    vi.stubEnv('LWD_DEBIAN_MIRROR', 'file:///nowhere');
    const controller = new AbortController();
    const report = (text: string) => text.includes('trying again') && controller.abort();
    await expect(obtain([good], { report, signal: controller.signal }, [60_000])).rejects.toThrow('abort');
  });
});

describe('data of a port', () => {
  function archive(): PortData {
    const folder = folderWith({ 'top/inst/m.rsa': 'matrix\n' });
    execFileSync('tar', ['-czf', join(mirror, 'pool/main/x/x/data.tar.gz'), 'top'], { cwd: folder });
    const source = {
      debian: 'pool/main/x/x/data.tar.gz',
      sha256: sha256(readFileSync(join(mirror, 'pool/main/x/x/data.tar.gz'))),
    };
    const recipe: Recipe = {
      name: 'm',
      version: '1',
      about: '',
      source: [source],
      add: [],
      edit: [],
      library: false,
      data: [],
      folder: '',
    };
    return {
      recipe,
      path: join(process.env.XDG_CACHE_HOME ?? '', 'lwd/data/m.rsa'),
      member: 'inst/m.rsa',
      sha256: sha256('matrix\n'),
    };
  }

  test('is taken out of the archive', async () => {
    const data = archive();
    await obtainData(data, work);
    expect(readFileSync(data.path, 'utf8')).toBe('matrix\n');
  });

  test('that is not what the recipe says is not used', async () => {
    const data = { ...archive(), sha256: sha256('other') };
    await expect(obtainData(data, work)).rejects.toThrow('is not what the recipe says');
    expect(existsSync(data.path)).toBe(false);
  });
});

test('an archive that is none is refused', async () => {
  const folder = folderWith({ 'x.tar.gz': 'no archive' });
  await expect(unpack(join(folder, 'x.tar.gz'), join(folder, 'out'), work)).rejects.toThrow('unpacking');
});
