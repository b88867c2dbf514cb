/** Hosts with something the matter, and several lwds after the same thing: a true message, the right status, nothing left. */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { dom0, guestFolder, lwd, lwdEnding, lwdJson, ownDomain, startLwd, xenDomains } from './lwd.js';

const status = guestFolder('status');
const linger = guestFolder('linger');

/** Has read from its volume, and stays. */
const reader = `
#include <stdio.h>
#include <unistd.h>

int main(void)
{
    printf("%s /v\\n", fopen("/v/main.c", "r") ? "read" : "did not read");
    fflush(stdout);
    for (;;)
        sleep(1000);
}
`;

/** Nothing of any domain is left in dom0. */
async function expectNothing(): Promise<void> {
  expect(await xenDomains()).toEqual([]);
  const look = 'ls /run/lwd/domains; ls /var/log/xen/console | grep guest-; ls /var/lib/lwd/copies 2>/dev/null; true';
  await expect.poll(() => dom0('sh', '-c', look), { timeout: 30_000 }).toBe('');
}

afterEach(async () => {
  await lwd(['down', '--now', '--all']);
  await expectNothing();
});

describe('a host', () => {
  test('whose xenstored stands still for five seconds is waited for', async () => {
    const pause =
      'p=$(cat /run/xen/xenstored.pid 2>/dev/null || pidof xenstored); kill -STOP $p; sleep 5; kill -CONT $p';
    const paused = dom0('sh', '-c', pause);
    await lwdEnding(3, ['up', '--', '3'], { cwd: status });
    await paused;
  });

  test('whose clock jumps a day ahead and back keeps its domains and their leases', async () => {
    const name = ownDomain('clock');
    const up = startLwd(['up', '--name', name, '--lease', '10s', '--', 'handle'], { cwd: linger });
    await up.printed('handling');
    await dom0(
      'sh',
      '-c',
      'now=$(date +%s); date -s @$((now + 86400)); sleep 2; date -s @$((now - 3600)); sleep 2; date -s @$((now + 4))',
    );
    expect(await xenDomains()).toEqual([name]);
    const { domains } = (await lwdJson(['ps'])) as { domains: unknown[] };
    expect(domains).toMatchObject([{ name, state: 'running' }]);
    up.signal('SIGTERM');
    expect((await up.ended).stdout).toContain('handled signal');
  });

  test('without room, or with a file system that cannot be written, refuses and is as it was', async () => {
    const over = (folder: string, options: string) => dom0('mount', '-t', 'tmpfs', '-o', options, 'none', folder);
    await dom0('mkdir', '-p', '/run/lwd/domains');
    // The second has room for bytes, and for no file.
    for (const options of ['ro', 'nr_inodes=1']) {
      await over('/run/lwd/domains', options);
      try {
        const ended = await lwdEnding(73, ['up', '--', '3'], { cwd: status });
        expect(ended.stderr).toContain('/run/lwd/domains cannot be written');
      } finally {
        await dom0('umount', '/run/lwd/domains');
      }
    }
    await over('/var/lib/lwd/pushed', 'size=16k');
    try {
      const ended = await lwd(['up', '--', '3'], { cwd: status });
      // The first finds that the image has gone, the second that there is no room for it.
      const again = ended.stderr.includes('has gone') ? await lwd(['up', '--', '3'], { cwd: status }) : ended;
      expect(again.status, again.stderr).toBe(125);
      expect(again.stderr).toContain('No space left on device');
    } finally {
      await dom0('umount', '/var/lib/lwd/pushed');
    }
    // What was not sent whole is sent again, or is still there.
    const after = await lwd(['up', '--', '3'], { cwd: status });
    if (after.status !== 3) await lwdEnding(3, ['up', '--', '3'], { cwd: status });
  });
});

describe('a domain', () => {
  test('whose memory somebody in dom0 will not let go of is told of as still there, and its name is free', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lwd-faults-'));
    const name = ownDomain('held');
    const dying = async () => {
      const { domains } = (await lwdJson(['ps'])) as { domains: { state: string }[] };
      return domains.filter(({ state }) => state === 'dying').length;
    };
    try {
      writeFileSync(join(folder, 'main.c'), reader);
      writeFileSync(join(folder, 'lwd.yaml'), `name: held\nbuild: {sources: [main.c]}\n`);
      const up = ['up', '-d', '--count', '2', '--name', name, '--volume', `${folder}:/v:ro`];
      await lwdEnding(0, up, { cwd: folder });
      const names = [`${name}-0`, `${name}-1`] as const;
      const log = async (each: string) => (await lwd(['logs', each])).stdout;
      for (const each of names) await expect.poll(() => log(each), { timeout: 30_000 }).toContain('read /v');
      // One that runs, and one that has ended by itself.
      await lwdEnding(0, ['kill', names[1]]);
      await lwdEnding(143, ['wait', names[1]]);
      const servers = (await dom0('pidof', 'lwd-volume')).trim().split(' ');
      expect(servers.length).toBe(2);
      await dom0('kill', '-STOP', ...servers);
      try {
        const down = await lwdEnding(125, ['down', ...names, '--now']);
        for (const each of names) {
          expect(down.stderr).toContain(
            `${each} is still there: Xen keeps it until nobody in dom0 has its memory mapped`,
          );
        }
        for (const server of servers) expect(down.stderr).toContain(`${server} (lwd-volume)`);
        expect(await dying()).toBe(2);
        expect((await lwdEnding(0, ['reconcile'])).stdout).not.toContain('half-made');
        await lwdEnding(0, ['rm', '--all']);
        await lwdEnding(3, ['up', '--name', names[1], '--', '3'], { cwd: status });
      } finally {
        await dom0('kill', '-CONT', ...servers);
      }
      await expect.poll(dying, { timeout: 30_000 }).toBe(0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('an image', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'lwd-faults-'));
    copyFileSync(join(status, 'main.c'), join(folder, 'main.c'));
    mkdirSync(join(folder, 'etc'));
    writeFileSync(join(folder, 'etc/file'), 'packed\n');
    writeFileSync(
      join(folder, 'lwd.yaml'),
      'name: flipped\nbuild: {sources: [main.c]}\nfiles: [{source: etc/file, target: /file}]\n',
    );
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** A bit in its middle. */
  function flip(whole: Buffer): Buffer {
    const flipped = Buffer.from(whole);
    const at = Math.floor(whole.length * 0.6);
    flipped[at] = (flipped[at] ?? 0) ^ 16;
    return flipped;
  }

  /** All but its last bytes, which no header tells of. */
  const cut = (whole: Buffer) => whole.subarray(0, -40);

  test('of which a single bit has changed, or whose end is missing, is never booted', async () => {
    await lwdEnding(3, ['up', '--', '3'], { cwd: folder });
    const { kernel, ramdisk } = JSON.parse(readFileSync(join(folder, '.lwd/build/manifest.json'), 'utf8'));
    for (const [{ path }, damage] of [
      [kernel, flip],
      [ramdisk, flip],
      [kernel, cut],
    ] as const) {
      const file = join(folder, '.lwd/build', path);
      const whole = readFileSync(file);
      writeFileSync(file, damage(whole));
      // A project's is built again.
      await lwdEnding(3, ['up', '--', '3'], { cwd: folder });
      expect(readFileSync(file).equals(whole)).toBe(true);
    }
  });
});

describe('at once', () => {
  test('twenty, eight of them of the same name: all others and one of these are made, the rest harm nothing', async () => {
    const name = ownDomain('same');
    const names = Array.from({ length: 20 }, (_, index) => (index < 8 ? name : `${name}-${index}`));
    const up = (each: string) => lwd(['up', '-d', '--name', each, '--', 'sleep'], { cwd: linger });
    const ended = await Promise.all(names.map(up));
    const said = (index: number) => `${names[index]}: ${ended[index]?.stderr}`;
    for (const [index, { status }] of ended.entries()) if (index >= 8) expect(status, said(index)).toBe(0);
    const same = ended.slice(0, 8);
    expect(same.map(({ status }) => status).sort()).toEqual([0, ...Array(7).fill(73)]);
    for (const { status, stderr } of same) if (status === 73) expect(stderr).toContain('is there already');
    const { domains } = (await lwdJson(['ps'])) as { domains: { name: string; state: string }[] };
    expect(domains.map((domain) => domain.name).sort()).toEqual([...new Set(names)].sort());
    expect(new Set(domains.map(({ state }) => state))).toEqual(new Set(['running']));
    expect((await lwdEnding(0, ['logs', name])).stdout).toContain('ready to sleep');
  });

  test('stopped, destroyed and destroyed again: it is gone, and everybody is told so', async () => {
    const name = ownDomain('thrice');
    await lwdEnding(0, ['up', '-d', '--name', name, '--', 'spin'], { cwd: linger });
    const stop = startLwd(['stop', name, '--grace', '30s']);
    const downs = await Promise.all([lwd(['down', '--now', name]), lwd(['down', '--now', name])]);
    for (const { status, stderr } of downs) expect([0, 127], stderr).toContain(status);
    expect(downs.map(({ status }) => status)).toContain(0);
    expect([0, 127]).toContain((await stop.ended).status);
  });

  test('taken down while it is being made: made whole or not at all', async () => {
    const name = ownDomain('early');
    const up = startLwd(['up', '-d', '--name', name, '--', 'sleep'], { cwd: linger });
    await expect.poll(xenDomains, { timeout: 60_000, interval: 50 }).toContain(name);
    await lwd(['down', '--now', name]);
    await up.ended;
    const { domains } = (await lwdJson(['ps'])) as { domains: { image: unknown }[] };
    for (const { image } of domains) expect(image).not.toBeNull();
  });
});
