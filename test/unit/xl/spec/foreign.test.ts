/** Kernels that are not lwd's: their files, their command line, and what their ends mean. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { UserError } from '../../../../src/errors.js';
import { judgeEnd } from '../../../../src/xl/facts/outcome.js';
import { foreignCommandLine } from '../../../../src/xl/spec/cmdline.js';
import { foreignImage, inspectForeign } from '../../../../src/xl/spec/foreign.js';
import { planDomain } from '../../../../src/xl/spec/spec.js';
import { foreignSettings, wishFor } from '../../../../src/xl/spec/wish.js';

/** As much of a bzImage as is looked at. */
function linux(): Buffer {
  const bytes = Buffer.alloc(4096);
  bytes.write('HdrS', 0x202, 'latin1');
  return bytes;
}

async function image(commandLine?: string) {
  const folder = mkdtempSync(join(tmpdir(), 'lwd-foreign-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'vmlinuz-6.12'), linux());
  writeFileSync(join(folder, 'initrd'), 'archive');
  const [kernel, ramdisk] = [join(folder, 'vmlinuz-6.12'), join(folder, 'initrd')];
  return foreignImage({ kernel, ramdisk, commandLine });
}

describe('the files', () => {
  test('a compressed Linux can be either', () => {
    expect(inspectForeign(linux(), 'k')).toEqual({ types: ['pv', 'pvh'], guestOs: 'linux', hasSymbols: false });
  });

  test('something else has to say that it is for Xen', () => {
    expect(() => inspectForeign(Buffer.alloc(4096), 'k')).toThrow('no ELF file');
    expect(() => inspectForeign(Buffer.from('HdrS'), 'k')).toThrow(UserError);
  });

  test('what is not there', async () => {
    const files = { kernel: '/no/kernel', ramdisk: undefined, commandLine: undefined };
    await expect(foreignImage(files)).rejects.toThrow('--kernel: there is no file /no/kernel');
    const { kernel } = await image();
    await expect(foreignImage({ ...files, kernel: kernel.path, ramdisk: '/no/disk' })).rejects.toThrow('--ramdisk');
  });
});

describe('the domain', () => {
  test('has a name, a line and a size of its own', async () => {
    const wish = wishFor(await image(), foreignSettings, {}, undefined);
    const plan = planDomain(wish, undefined);
    expect(plan).toMatchObject({ name: 'vmlinuz-6.12', commandLine: 'console=hvc0', memory: 256, nativeTsc: false });
    expect(plan.ramdiskTail).toBeUndefined();
  });

  test('is not told what is for main', async () => {
    const own = await image('quiet');
    expect(() => wishFor(own, foreignSettings, { env: ['A=1'] }, undefined)).toThrow('--env is for main');
    expect(() => wishFor(own, foreignSettings, {}, ['x'])).toThrow('arguments are for main');
    const settings = { ...foreignSettings, env: { A: '1' }, args: ['x'] };
    expect(planDomain(wishFor(own, settings, {}, undefined), undefined).commandLine).toBe('quiet');
  });

  test('cannot be told a fixed address', async () => {
    const network = [{ bridge: 'xenbr0', ip: '10.0.0.5/24', gateway: undefined, dns: [], mac: undefined }];
    const wish = wishFor(await image(), { ...foreignSettings, network }, {}, undefined);
    expect(() => planDomain(wish, undefined)).toThrow('10.0.0.5/24');
  });
});

describe('the command line', () => {
  test('is what lwd tells, then what was given', () => {
    expect(foreignCommandLine('root="a b" -- x', { LWD_RANK: '1' })).toBe('LWD_RANK=1 root="a b" -- x');
    expect(foreignCommandLine('', { A: '1', B: '2' })).toBe('A=1 B=2');
  });

  test.each(['a\nb', 'a\0b', 'a\ud800', 'x'.repeat(1024)])('what Xen cannot hand on is refused: %j', (line) => {
    expect(() => foreignCommandLine(line, {})).toThrow(UserError);
  });
});

test('how it ends is all it says', () => {
  const claims = { exit: 'v1 code=7', crash: 'v1 signal=11 x' };
  expect(judgeEnd('poweroff', claims, true)).toEqual({ kind: 'exited', status: 0 });
  expect(judgeEnd('reboot', claims, true)).toEqual({ kind: 'exited', status: 0 });
  expect(judgeEnd('crash', claims, true)).toMatchObject({ kind: 'crashed', signal: 6 });
  expect(judgeEnd('watchdog', claims, true)).toMatchObject({ kind: 'crashed', signal: 6 });
  expect(judgeEnd('gone', claims, true)).toEqual({ kind: 'destroyed' });
  expect(judgeEnd('suspend', claims, true).kind).toBe('unclear');
});
