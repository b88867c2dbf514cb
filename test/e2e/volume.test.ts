/** Host directories: a folder of this machine in a domain, what comes back of it, and the loss of the server. */
import { createHash, randomBytes } from 'node:crypto';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect, inject, onTestFinished, test } from 'vitest';
import { dom0, guestFolder, lwd, lwdEnding, lwdJson, ownDomain, startLwd } from './lwd.js';

const cwd = guestFolder('volume');

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'lwd-volume-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'greeting'), 'good day\n');
  writeFileSync(join(folder, 'big'), randomBytes(8 << 20));
  mkdirSync(join(folder, 'many'));
  for (let i = 0; i < 1000; i++) writeFileSync(join(folder, 'many', `entry-${i}`), '');
  return folder;
}

function digest(...path: string[]): string {
  return createHash('sha256')
    .update(readFileSync(join(...path)))
    .digest('hex');
}

/** As the guest's test beyond_4_gib makes it. */
function expectHuge(path: string): void {
  const { size, blocks } = statSync(path);
  expect(size).toBe(5 * 2 ** 30 + 4099);
  expect(blocks * 512).toBeLessThan(1 << 20);
  const at = (offset: number, length: number) => {
    const file = openSync(path, 'r');
    const bytes = Buffer.alloc(length);
    expect(readSync(file, bytes, 0, length, offset)).toBe(length);
    closeSync(file);
    return bytes.toString('latin1');
  };
  expect(at(4 * 2 ** 30 - 5, 10)).toBe('\0\0across\0\0');
  expect(at(size - 4, 4)).toBe('\0end');
}

async function copies(): Promise<{ uuid: string; domain: string; state: string; copies: unknown[] }[]> {
  return ((await lwdJson(['copies'])) as { copies: [] }).copies;
}

test.each(['pv', 'pvh'])('every operation on a host directory, and the bytes there and back, %s', async (type) => {
  const folder = newFolder();
  const big = digest(folder, 'big');
  const { stdout, stderr, status } = await lwd(['up', '--type', type, '--volume', `${folder}:/data`], {
    cwd,
    timeout: 170_000,
  });
  const said = `${stdout}\n${stderr}`.split('\n').filter((line) => /^FAILURE|^lwd: /.test(line));
  expect(said, said.join('\n')).toEqual([]);
  expect({ status, stderr }).toMatchObject({ status: 0 });
  expect(stdout).toMatch(/^SUCCESS a_thousand_entries$/m);
  expect(digest(folder, 'big.copy')).toBe(big);
  expect(digest(folder, 'big')).toBe(big);
  expect(readFileSync(join(folder, 'log'), 'utf8')).toBe('one\ntwo\nthree\nfour\n');
  expect(readFileSync(join(folder, 'größe und leer ✓'), 'utf8')).toBe('utf-8');
  expectHuge(join(folder, 'huge'));
  expect(readdirSync(folder)).not.toContain('gone');
  expect(readdirSync(folder)).not.toContain('tree');
  expect(readlinkSync(join(folder, 'link'))).toBe('led-to');
  expect(statSync(join(folder, 'mode')).mode & 0o7777).toBe(0o755);
  expect(readdirSync(guestFolder('volume', 'fixed')).sort()).toEqual(['sub', 'text']);
  expect((await dom0('ls', '/var/lib/lwd/copies')).trim()).toBe('');
});

test('a server that dies in the middle of transfers: errors and no hang', async () => {
  const folder = newFolder();
  const running = startLwd(['up', '--volume', `${folder}:/data`, '--', 'lose-the-server'], { cwd });
  await running.printed('transferring');
  const servers = (await dom0('pidof', 'lwd-volume')).trim().split(' ');
  await dom0('kill', '-KILL', ...servers);
  const { stdout, status } = await running.ended;
  expect(stdout).toContain('transfer: EIO\n');
  expect({ status, stdout }).toMatchObject({ status: 0 });

  const echo = await lwdEnding(0, ['up', '--volume', `${folder}:/data:ro`, '--', 'cat', '/data/greeting'], { cwd });
  expect(echo.stdout).toBe('good day\n');
});

test('no room in dom0: a volume says so, a disk fails, and what fitted comes back', async () => {
  const folder = newFolder();
  rmSync(join(folder, 'big'));
  const disk = join(folder, '..', `${basename(folder)}.img`);
  onTestFinished(() => rmSync(disk, { force: true }));
  writeFileSync(disk, '');
  truncateSync(disk, 64 << 20);
  await dom0('mkdir', '-p', '/var/lib/lwd/copies');
  await dom0('mount', '-t', 'tmpfs', '-o', 'size=12m', 'tmpfs', '/var/lib/lwd/copies');
  onTestFinished(async () => void (await dom0('umount', '/var/lib/lwd/copies')));
  const flags = ['--name', ownDomain('full'), '--volume', `${folder}:/data`, '--disk', `${disk}:xvda`];
  const { stdout, status } = await lwd(['up', ...flags, '--', 'fill-up'], { cwd, timeout: 170_000 });
  expect(stdout).toMatch(/^\/data\/fill: ENOSPC$/m);
  expect(stdout).toMatch(/^\/data\/fill: what was written is there, [1-9]\d* MiB at least$/m);
  expect(stdout).toMatch(/^\/dev\/xvda: EIO$/m);
  expect(stdout).toMatch(/^\/dev\/xvda: what was written is there, [1-9]\d* MiB at least$/m);
  expect(status).toBe(0);
  expect(readdirSync(folder).sort()).toEqual(['after', 'greeting', 'many']);
  expect(readFileSync(disk)[(2 << 20) - 1]).toBe(32);
});

test('over ssh to a host that lwd did not bring along', async () => {
  const folder = newFolder();
  const env = {
    LWD_SSH_CONFIG: join(inject('runtimeDirectory'), 'lwd/embedded/ssh.conf'),
    LWD_HOST: 'ssh://root@dom0',
  };
  const flags = ['--name', ownDomain('ssh'), '--volume', `${folder}:/data`];
  await lwdEnding(0, ['up', ...flags, '--', 'copy', '/data/big', '/data/big.copy'], { cwd, env, timeout: 170_000 });
  expect(digest(folder, 'big.copy')).toBe(digest(folder, 'big'));
  expect((await dom0('ls', '/var/lib/lwd/copies')).trim()).toBe('');
});

test('what an lwd that was killed did not bring back is kept, told, and can be fetched', async () => {
  const folder = newFolder();
  const name = ownDomain('orphan');
  const running = startLwd(['up', '--name', name, '--volume', `${folder}:/data`, '--', 'write-and-wait'], { cwd });
  await running.printed('written');
  running.signal('SIGKILL');
  await running.ended;
  const held = (await copies()).filter(({ domain }) => domain === name);
  expect(held).toMatchObject([{ state: 'running', copies: [{ source: folder, target: '/data' }] }]);
  const [{ uuid = '' } = {}] = held;
  const into = join(folder, '../', `${name}-fetched`);
  onTestFinished(() => rmSync(into, { recursive: true, force: true }));
  const early = await lwdEnding(64, ['copies', '--fetch', uuid, '--into', into]);
  expect(early.stderr).toContain(`${name} is still at work on them`);

  const down = await lwdEnding(0, ['down', '--now', name]);
  expect(down.stderr).toContain(`lwd copies --host embedded --fetch ${uuid}`);
  await lwdEnding(0, ['copies', '--fetch', uuid, '--into', into]);
  expect(readFileSync(join(into, 'data/result'), 'utf8')).toBe('worth keeping');
  expect(digest(into, 'data/big')).toBe(digest(folder, 'big'));
  expect(await copies()).toEqual([]);
  expect((await dom0('ls', '/var/lib/lwd/copies')).trim()).toBe('');
});

test('what cannot be a volume is refused before anything is made', async () => {
  const none = await lwdEnding(64, ['up', '--volume', '/no/such/folder:/data'], { cwd });
  expect(none.stderr).toContain('there is no folder /no/such/folder');
  const detached = await lwdEnding(64, ['up', '--detach', '--volume', `${newFolder()}:/data`], { cwd });
  expect(detached.stderr).toContain('nobody would bring back');
  const twice = await lwdEnding(64, ['up', '--volume', '/tmp:/fixed'], { cwd });
  expect(twice.stderr).toContain('two volumes are to be at /fixed');
});
