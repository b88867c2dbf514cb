/** Host directories: a folder of this machine in a domain, what comes back of it, and the loss of the server. */
import { createHash, randomBytes } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { dom0, guestFolder, lwd, lwdEnding, startLwd } from './lwd.js';

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

test.each(['pv', 'pvh'])('every operation on a host directory, and the bytes there and back, %s', async (type) => {
  const folder = newFolder();
  const big = digest(folder, 'big');
  const { stdout, stderr, status } = await lwd(['up', '--type', type, '--volume', `${folder}:/data`], {
    cwd,
    timeout: 170_000,
  });
  expect(stdout.split('\n').filter((line) => /^FAILURE|^lwd: /.test(line))).toEqual([]);
  expect({ status, stderr }).toMatchObject({ status: 0 });
  expect(stdout).toMatch(/^SUCCESS a_thousand_entries$/m);
  expect(digest(folder, 'big.copy')).toBe(big);
  expect(digest(folder, 'big')).toBe(big);
  expect(readFileSync(join(folder, 'log'), 'utf8')).toBe('one\ntwo\nthree\nfour\n');
  expect(readFileSync(join(folder, 'größe und leer ✓'), 'utf8')).toBe('utf-8');
  expect(readdirSync(folder)).not.toContain('gone');
  expect(readdirSync(folder)).not.toContain('tree');
  expect(readlinkSync(join(folder, 'link'))).toBe('led-to');
  expect(statSync(join(folder, 'mode')).mode & 0o7777).toBe(0o755);
  expect(readdirSync(guestFolder('volume', 'fixed')).sort()).toEqual(['sub', 'text']);
  expect((await dom0('ls', '/var/lib/lwd/volumes')).trim()).toBe('');
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

test('what cannot be a volume is refused before anything is made', async () => {
  const none = await lwdEnding(64, ['up', '--volume', '/no/such/folder:/data'], { cwd });
  expect(none.stderr).toContain('there is no folder /no/such/folder');
  const detached = await lwdEnding(64, ['up', '--detach', '--volume', `${newFolder()}:/data`], { cwd });
  expect(detached.stderr).toContain('nobody would bring back');
  const twice = await lwdEnding(64, ['up', '--volume', '/tmp:/fixed'], { cwd });
  expect(twice.stderr).toContain('two volumes are to be at /fixed');
});
