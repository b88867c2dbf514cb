/** Disks: the bytes there and back, a disk that is taken away in the middle, and a backend gone mad. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { dom0, guestFolder, lwd, lwdEnding, ownDomain, startLwd } from './lwd.js';

const cwd = guestFolder('block');
const size = 4 << 20;
/** Milliseconds: these are many small requests, each some switches between Xen, dom0 and the domain. */
const timeout = 480_000;

/** As test/guest/block/disk.h says. */
function pattern(): Buffer {
  const bytes = Buffer.alloc(size);
  let word = 0n;
  for (let offset = 0; offset < size; offset += 8) {
    bytes.writeBigUInt64LE(word, offset);
    word = BigInt.asUintN(64, word + 0x9e3779b97f4a7c15n);
  }
  return bytes;
}

/** A fresh disk for writing and one that is only read, as flags of `lwd up`. */
function newDisks(): { disk: string; flags: string[] } {
  const folder = mkdtempSync(join(tmpdir(), 'lwd-block-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [disk, fixed] = [join(folder, 'disk.img'), join(folder, 'fixed.img')];
  writeFileSync(disk, pattern(), { mode: 0o640 });
  writeFileSync(fixed, pattern());
  return { disk, flags: ['--disk', `${disk}:xvda`, '--disk', `${fixed}:xvdb:ro`] };
}

/** The guest's own, in 64 bits. */
function checksum(bytes: Buffer): string {
  let [high, low] = [0, 0];
  for (const byte of bytes) {
    low = low * 31 + byte;
    high = (high * 31 + Math.floor(low / 2 ** 32)) >>> 0;
    low >>>= 0;
  }
  return high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0');
}

test.each(['pv', 'pvh'])(
  'any alignment, sizes, aio, lwd/block.h, the end; and the file is what the domain wrote, %s',
  async (type) => {
    const { disk, flags } = newDisks();
    const { stdout, stderr, status } = await lwd(['up', '--type', type, '--name', ownDomain('disks'), ...flags], {
      cwd,
      timeout,
    });
    expect(`${stdout}\n${stderr}`.split('\n').filter((line) => /^FAILURE|^lwd: /.test(line))).toEqual([]);
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(/^checksum (\w+)$/m.exec(stdout)?.[1]).toBe(checksum(readFileSync(disk)));
    expect(readFileSync(disk).equals(pattern())).toBe(false);
    expect((await dom0('ls', '/var/lib/lwd/copies')).trim()).toBe('');
    expect((await dom0('losetup', '-a')).trim()).toBe('');
  },
  timeout,
);

// Asked for, as xl waits 10 s for the domain to close, which a busy machine may not keep: what it began goes on the next
// time. By force, the backend is destroyed under the domain's requests.
test.each([
  ['detached', (name: string) => `for i in 1 2 3; do xl block-detach ${name} 51712 && exit; done; exit 1`],
  ['destroyed', (name: string) => `xl block-detach --force ${name} 51712`],
])(
  'a disk that is %s in the middle of transfers: errors, no hang, and the other disk works on',
  async (_, command) => {
    const { flags } = newDisks();
    const name = ownDomain('loser');
    const running = startLwd(['up', '--name', name, ...flags, '--', 'lose-the-disk'], { cwd, timeout });
    await running.printed('transferring');
    await dom0('sh', '-c', command(name));
    const { stdout, status } = await running.ended;
    expect(stdout.split('\n').slice(1)).toEqual(
      expect.arrayContaining([
        'transfer: EIO',
        'later: EIO',
        'flush: EIO',
        'close: 0',
        'again: ENOENT',
        'other disk: works',
      ]),
    );
    expect(status).toBe(0);
  },
  timeout,
);

/** Nodes of a device without any backend, whose states then follow no order; at last they are removed. */
const madBackend = (name: string) => `
id=$(xl domid ${name}); front=/local/domain/$id/device/vbd/51744; back=/local/domain/0/lwd-test/51744
xenstore-write $back/state 2 $back/sectors 100 $back/max-ring-page-order 99 $back/feature-max-indirect-segments 9999
xenstore-chmod $back n0 r$id; for node in state sectors max-ring-page-order feature-max-indirect-segments; do
  xenstore-chmod $back/$node n0 r$id
done
xenstore-write $front/backend $back $front/backend-id 0 $front/state 1
xenstore-chmod $front n$id; xenstore-chmod $front/state n$id
for state in 1 2 4 2 4 5 6 2 3 4 7 8 4 5 5 6 6 2 4 0 9 x 2 4 4 6 1 2 2 4 6 2 4 6 2 4; do xenstore-write $back/state $state; done
xenstore-rm $back; xenstore-rm $front`;

test(
  'a backend that goes through any states in any order harms nobody',
  async () => {
    const { flags } = newDisks();
    const name = ownDomain('mad');
    const running = startLwd(['up', '--name', name, ...flags, '--', 'states'], { cwd, timeout });
    await running.printed('ready');
    await dom0('sh', '-c', madBackend(name));
    const { stdout, status } = await running.ended;
    expect(stdout).toMatch(/times open/);
    expect(stdout).toContain('other disk: works');
    expect(status).toBe(0);
  },
  timeout,
);

test('what cannot be a disk is refused', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lwd-block-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const odd = join(folder, 'odd.img');
  writeFileSync(odd, 'x'.repeat(1000));
  const refused = async (status: number, disk: string) =>
    (await lwdEnding(status, ['up', '--disk', disk], { cwd })).stderr;
  expect(await refused(64, `${folder}/none.img:xvda`)).toMatch(/there is no file .*truncate -s/s);
  expect(await refused(64, `${odd}:sda`)).toContain('is not SOURCE:TARGET');
  expect(await refused(73, `${odd}:xvda`)).toContain('no whole sectors');
});
