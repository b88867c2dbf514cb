/**
 * Files of callers as disks, with the real program and this machine's loop devices: whose rights count, what is no disk, and
 * links that change while it is being looked. It takes root, and a Linux that gives loop devices.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { AllowedFile } from '../../../src/broker/authority.js';
import { attachFiles } from '../../../src/broker/file-disks.js';
import { LocalHost } from '../../../src/host/local.js';
import { ensureDom0Program } from '../../../src/toolchain/dom0-program.js';

const canAttach = (() => {
  try {
    execFileSync('losetup', ['-f'], { stdio: 'ignore' });
    return process.getuid?.() === 0;
  } catch {
    return false;
  }
})();

const alice = 65_001;
const host = new LocalHost();
let folder: string;
let program: string;

function put(name: string, content: string, owner: number, mode = 0o600): void {
  const path = join(folder, name);
  writeFileSync(path, content);
  truncateSync(path, Math.ceil(content.length / 512) * 512);
  chownSync(path, owner, owner);
  chmodSync(path, mode);
}

beforeAll(async () => {
  program = (await ensureDom0Program('disk-attacher', new AbortController().signal)).path;
  folder = mkdtempSync(join(tmpdir(), 'lwd-disks-'));
  chmodSync(folder, 0o755);
  mkdirSync(join(folder, 'home'));
  put('home/own', 'mine', alice);
  put('home/shared', 'shared', 0, 0o644);
  put('home/other', 'secret', alice + 1);
  put('home/name, script=x\n;$(y)', 'named', alice);
  put('outside', 'secret', alice, 0o666);
  put('home/empty', '', alice);
  put('home/odd', 'odd', alice);
  truncateSync(join(folder, 'home/odd'), 700);
  execFileSync('mkfifo', ['-m', '666', join(folder, 'home/pipe')]);
  symlinkSync('own', join(folder, 'home/within'));
  symlinkSync('../outside', join(folder, 'home/out'));
  symlinkSync(join(folder, 'home/own'), join(folder, 'home/absolute'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const file = (name: string, readonly = false, target = 'xvda'): AllowedFile => ({
  ...{ target, readonly, root: join(folder, 'home'), file: name },
});
const attach = (...files: AllowedFile[]) => attachFiles(host, program, `as:${alice}:${alice}`, files);

/** What it leads to, before it is let go of. */
async function contentOf(...files: AllowedFile[]): Promise<string[] | string> {
  const attached = await attach(...files);
  if ('refused' in attached) return attached.refused;
  const found: string[] = [];
  for (const { path } of attached.disks) {
    const device = await open(path);
    found.push((await device.read(Buffer.alloc(512), 0, 512)).buffer.toString().replace(/\0+$/, ''));
    await device.close();
  }
  attached.letGo('none');
  return found;
}

describe.skipIf(!canAttach)('files as disks (it needs root, and loop devices)', () => {
  test('what the caller may use becomes devices, each as it is wanted, whatever its name', async () => {
    expect(await contentOf(file('own'), file('shared', true, 'xvdb'))).toEqual(['mine', 'shared']);
    expect(await contentOf(file('within'))).toEqual(['mine']);
    expect(await contentOf(file('name, script=x\n;$(y)'))).toEqual(['named']);
  });

  test.each([
    ['other', 'may not be used by you'],
    ['shared', 'may not be used by you'],
    ['out', 'leads out of what is allowed'],
    ['../outside', 'leads out of what is allowed'],
    ['absolute', 'leads out of what is allowed'],
    ['/etc/passwd', 'leads out of what is allowed'],
    ['pipe', 'is no file'],
    ['.', 'is no file'],
    ['empty', 'is empty, or has no whole sectors of 512 bytes'],
    ['odd', 'is empty, or has no whole sectors of 512 bytes'],
    ['none', 'is not there'],
    ['own/x', 'is not there'],
  ])('%j is refused', async (name, why) => {
    expect(await contentOf(file(name))).toBe(`disk xvda: ${join(folder, 'home')}/${name} ${why}`);
  });

  test('nothing is left of those before one that is refused', async () => {
    expect(await contentOf(file('own'), file('other', true, 'xvdb'))).toContain('xvdb');
    expect(await contentOf(file('own'))).toEqual(['mine']);
  });

  test('who writes to it has it alone; those who read share it; and it is free again', async () => {
    const first = await attach(file('own'));
    if ('refused' in first) throw new Error(first.refused);
    for (const readonly of [true, false]) expect(await contentOf(file('own', readonly))).toContain('another domain');
    const [path = ''] = first.disks.map((disk) => disk.path);
    const device = await open(path, 'r+');
    await device.write(Buffer.from('MINE'), 0, 4, 0);
    await device.sync();
    await device.close();
    first.letGo('none');
    expect(await contentOf(file('own', true), file('own', true, 'xvdb'))).toEqual(['MINE', 'MINE']);
    expect(readFileSync(join(folder, 'home/own'), 'utf8').slice(0, 4)).toBe('MINE');
    put('home/own', 'mine', alice);
  });

  test('a broker that dies while xl may be at work does not free the device, which could be somebody else’s then', async () => {
    const child = spawn(program, [`as:${alice}:${alice}`, 'xvda', join(folder, 'home'), 'own']);
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => (said += chunk));
    await vi.waitFor(() => expect(said).toContain('ready'));
    child.stdin.end();
    expect(await contentOf(file('own', true))).toContain('another domain');
    expect(child.exitCode).toBeNull();
    child.kill();
    expect(await contentOf(file('own', true))).toEqual(['mine']);
  });

  test('a device that is only to be read takes no write, of root’s either', async () => {
    const attached = await attach(file('own', true));
    if ('refused' in attached) throw new Error(attached.refused);
    const device = await open(attached.disks[0]?.path ?? '', 'r+').catch(() => undefined);
    await expect(device?.write('x') ?? Promise.reject(new Error('it cannot even be opened'))).rejects.toThrow();
    await device?.close();
    attached.letGo('none');
  });

  test('a link that is changed all the while leads to what it may, or nowhere', async () => {
    const swap = 'cd "$0" && while :; do ln -sfn own swapped; ln -sfn ../outside swapped; ln -sfn other swapped; done';
    const swapping: ChildProcess = spawn('sh', ['-c', swap, join(folder, 'home')], { stdio: 'ignore' });
    const seen = new Map<string, number>();
    try {
      for (let times = 0; times < 60; times++) {
        const found = String(await contentOf(file('swapped', true)));
        seen.set(found, (seen.get(found) ?? 0) + 1);
      }
    } finally {
      swapping.kill('SIGKILL');
    }
    const allowed = /^mine$|leads out|may not be used|is not there/;
    expect([...seen.keys()].filter((each) => !allowed.test(each))).toEqual([]);
    expect(seen.size).toBeGreaterThan(1);
  });
});
