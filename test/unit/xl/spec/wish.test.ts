import { describe, expect, test } from 'vitest';
import { UserError } from '../../../../src/errors.js';
import { bareSettings, standaloneConfig, wishFor } from '../../../../src/xl/spec/wish.js';
import { image } from './image.js';

const MiB = 2 ** 20;
const settings = { ...bareSettings, env: { A: 'yaml', B: 'yaml' }, args: ['from', 'yaml'] };

describe('flags over lwd.yaml', () => {
  test('nothing given', () => {
    expect(wishFor(image, settings, {}, undefined)).toMatchObject({
      name: 'cg',
      args: ['cg', 'from', 'yaml'],
      env: { A: 'yaml', B: 'yaml' },
      settings: bareSettings.domain,
    });
  });

  test('all given', () => {
    const flags = { name: 'n', type: 'pv', vcpus: 2, memory: '128M', cpus: '1', env: ['B=flag', 'C=a=b', 'D='] };
    expect(wishFor(image, settings, flags, ['x'])).toMatchObject({
      name: 'n',
      args: ['cg', 'x'],
      env: { A: 'yaml', B: 'flag', C: 'a=b', D: '' },
      settings: { type: 'pv', vcpus: 2, memory: 128 * MiB, maxmem: 128 * MiB, cpus: '1' },
    });
  });

  test('arguments can be none at all', () => {
    expect(wishFor(image, settings, {}, []).args).toEqual(['cg']);
  });

  test('less memory lowers a limit that was the same, and leaves one that was set apart', () => {
    expect(wishFor(image, settings, { memory: '16M' }, undefined).settings.maxmem).toBe(16 * MiB);
    const apart = { ...settings, domain: { ...settings.domain, maxmem: 256 * MiB } };
    expect(wishFor(image, apart, { memory: '16M' }, undefined).settings.maxmem).toBe(256 * MiB);
    expect(wishFor(image, apart, { memory: '512M' }, undefined).settings.maxmem).toBe(512 * MiB);
  });

  test.each([{ name: '12' }, { env: ['A'] }, { env: ['=x'] }, { memory: '64' }])('%j is refused', (flags) => {
    expect(() => wishFor(image, settings, flags, undefined)).toThrow(UserError);
  });
});

describe('the xl.cfg beside an image', () => {
  const files = { kernel: '/p/cg', ramdisk: '/p/root.cpio' };

  test('works without lwd', () => {
    expect(standaloneConfig(wishFor(image, settings, {}, undefined), files)).toBe(`name="cg"
type="pv"
kernel="/p/cg"
ramdisk="/p/root.cpio"
cmdline="A=yaml B=yaml -- cg from yaml"
memory=64
maxmem=64
vcpus=1
max_event_channels=36
max_grant_frames=2
max_maptrack_frames=1
tsc_mode="native"
on_poweroff="destroy"
on_reboot="destroy"
on_watchdog="destroy"
on_crash="destroy"
`);
  });

  test('says how volumes are brought in, and lets no path out of the comment', () => {
    const volume = (source: string) => ({ ...settings, volumes: [{ source, target: '/data', readonly: true }] });
    const text = standaloneConfig(wishFor(image, volume("/srv/it's here"), {}, undefined), files);
    expect(text).toMatch(/^# {3}SERVER "\$\(xl domid cg\)" ro:\/data '\/srv\/it'\\''s here'$/m);
    expect(text.split('\n').findIndex((line) => !line.startsWith('#'))).toBe(5);
    expect(text).toContain('\nname="cg"\n');
    const evil = wishFor(image, volume('/srv\nkernel="/evil"'), {}, undefined);
    expect(() => standaloneConfig(evil, files)).toThrow('cannot stand in an xl.cfg');
  });

  test('cannot hold a long command line', () => {
    expect(() => standaloneConfig(wishFor(image, settings, {}, ['x'.repeat(1100)]), files)).toThrow(UserError);
  });
});
