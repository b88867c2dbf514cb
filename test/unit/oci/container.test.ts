/** The root file system as a domain has it, and what state file and Xen together say: with real files and processes. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseConfig } from '../../../src/oci/config.js';
import {
  ContainerFolder,
  type ContainerState,
  containerStatus,
  statusWithDomain,
} from '../../../src/oci/container-state.js';
import { containerWish } from '../../../src/oci/domain-of-config.js';
import { containerImage } from '../../../src/oci/rootfs.js';
import { ownIdentity } from '../../../src/sys/process.js';
import { elfFile, note } from '../xl/spec/elf-file.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lwd-oci-unit-'));
  mkdirSync(join(folder, 'rootfs/etc'), { recursive: true });
  const notes = [note(6, 'lwd\0'), note(5, 'xen-3.0\0'), note(8, 'generic\0'), note(1, Buffer.alloc(8))];
  writeFileSync(join(folder, 'rootfs/app'), elfFile({ notes }));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function imageOf(args: string[], annotations: Record<string, string> = {}) {
  const config = { ociVersion: '1.0.2', process: { args }, root: { path: 'rootfs' }, annotations };
  const wish = containerWish(parseConfig(JSON.stringify(config), 'config.json'), folder);
  return containerImage(wish, folder, join(folder, 'root.cpio'));
}

describe('the root file system', () => {
  test("is the domain's root, without the image and without links", async () => {
    writeFileSync(join(folder, 'rootfs/etc/greeting'), 'good day');
    symlinkSync('/etc/passwd', join(folder, 'rootfs/etc/passwd'));
    const image = await imageOf(['/app']);
    const archive = readFileSync(image.ramdisk?.path ?? '', 'latin1');
    expect(archive).toContain('etc/greeting');
    expect(archive).not.toContain('passwd');
    expect(archive).not.toContain('ELF');
  });

  test('may be empty, or left behind', async () => {
    expect((await imageOf(['/app'])).ramdisk).toBeUndefined();
    writeFileSync(join(folder, 'rootfs/etc/greeting'), 'good day');
    expect((await imageOf(['/app'], { 'org.lwd.root': 'none' })).ramdisk).toBeUndefined();
  });

  test('is refused when it is too large for the memory', async () => {
    writeFileSync(join(folder, 'rootfs/etc/large'), Buffer.alloc(5 * 2 ** 20));
    await expect(imageOf(['/app'], { 'org.lwd.memory': '8M' })).rejects.toThrow('half of the domain');
    expect((await imageOf(['/app'], { 'org.lwd.memory': '16M' })).ramdisk).toBeDefined();
  });

  test.each([['/none'], ['/etc'], ['/../../app2']])('%s is no image', async (path) => {
    await expect(imageOf([path])).rejects.toThrow(/there is no/);
  });

  test('a link out of it is not followed; one within is', async () => {
    writeFileSync(join(folder, 'outside'), readFileSync(join(folder, 'rootfs/app')));
    symlinkSync('../../outside', join(folder, 'rootfs/etc/app'));
    symlinkSync('../app', join(folder, 'rootfs/etc/inside'));
    await expect(imageOf(['/etc/app'])).rejects.toThrow('outside');
    expect((await imageOf(['/etc/inside'])).name).toBe('app');
  });
});

describe('the state', () => {
  async function state(more: Partial<ContainerState>): Promise<ContainerState> {
    const runner = await ownIdentity();
    const fixed = { version: 1 as const, ociVersion: '1.0.2', id: 'x', bundle: '/b', annotations: {}, host: 'local' };
    return { ...fixed, created: '', runner, isCreated: false, isStarted: false, ...more };
  }

  test.each([
    [false, false, 'paused', 'creating'],
    [false, false, 'running', 'running'],
    [true, false, 'paused', 'created'],
    [true, true, 'paused', 'paused'],
    [true, true, 'ended', 'stopped'],
    [true, true, 'dying', 'stopped'],
  ] as const)('created %s, started %s, and a domain that is %s: %s', (isCreated, isStarted, domain, status) => {
    expect(statusWithDomain({ isCreated, isStarted }, domain)).toBe(status);
  });

  test('without a domain it hangs on whether somebody is still about to make it', async () => {
    expect(await containerStatus(await state({}), undefined)).toBe('creating');
    expect(await containerStatus(await state({ isCreated: true }), undefined)).toBe('stopped');
    const dead = { pid: process.pid, startTime: '1' };
    expect(await containerStatus(await state({ runner: dead }), undefined)).toBe('stopped');
  });

  test('of an id there is one, whole or not at all; what is torn counts as none', async () => {
    const one = new ContainerFolder(join(folder, 'root'), 'x');
    const made = await Promise.allSettled([one.make(await state({})), one.make(await state({ bundle: '/c' }))]);
    expect(made.map((each) => each.status).sort()).toEqual(['fulfilled', 'rejected']);
    expect((await one.read())?.id).toBe('x');
    writeFileSync(join(one.path, 'state.json'), '{"version":1');
    expect(await one.read()).toBeUndefined();
    await one.remove();
    await one.write(await state({}));
    expect(await one.read()).toBeUndefined();
  });
});
