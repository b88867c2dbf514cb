import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { diskTransfer } from '../../../../src/xl/copies/disk-transfer.js';
import { checkDisks, diskDeviceText, parseDisk } from '../../../../src/xl/spec/disk.js';

const disk = (target: string) => ({ source: '/srv/disk.img', target, readonly: false });

describe('--disk', () => {
  test.each([
    ['disk.img:xvda', 'disk.img', 'xvda', false],
    ['./a:b:xvdb:ro', 'a:b', 'xvdb', true],
    ['/dev/sdb:xvdz:rw', '/dev/sdb', 'xvdz', false],
  ])('%s', (text, source, target, readonly) => {
    const absolute = source.startsWith('/') ? source : join(process.cwd(), source);
    expect(parseDisk(text)).toEqual({ source: absolute, target, readonly });
  });

  test.each(['', 'disk.img', 'disk.img:sda', ':xvda', 'disk.img:xvda:wo', 'disk.img:/dev/xvda'])(
    '"%s" is refused',
    (text) => {
      expect(() => parseDisk(text)).toThrow('is not SOURCE:TARGET[:ro]');
    },
  );
});

describe('the name in the domain', () => {
  test.each(['xvd', 'xvdaa', 'xvda1', 'sda', 'xvda,script=/x', 'XVDA', ''])('%j is refused', (target) => {
    expect(() => checkDisks([disk(target)])).toThrow('is no name of a disk');
  });

  test('twice is refused', () => {
    expect(() => checkDisks([disk('xvda'), disk('xvdb'), disk('xvda')])).toThrow('two disks are to be xvda');
    expect(checkDisks([disk('xvda'), disk('xvdb')])).toHaveLength(2);
  });
});

describe("xl's device", () => {
  test('readonly is its access', () => {
    expect(diskDeviceText({ target: 'xvdb', readonly: true, path: '/srv/x.img' })).toBe(
      'format=raw,vdev=xvdb,access=ro,backendtype=phy,target=/srv/x.img',
    );
  });

  test.each(['/a,script=/evil', '/a"b', '/a\nb', '/a b', '/a//b', '/a/', 'relative', '/a=b', '/a/../b', '/'])(
    'the path %j is refused',
    (path) => {
      expect(() => diskDeviceText({ target: 'xvda', readonly: false, path })).toThrow('cannot be given to xl');
    },
  );
});

test("a device is the host's own, a file gets a place there", () => {
  const path = (source: string, uuid?: string) => diskTransfer({ ...disk('xvdc'), source }, uuid).device.path;
  expect(path('/dev/sdb', 'id')).toBe('/dev/sdb');
  expect(path('/srv/disk.img', 'id')).toBe('/var/lib/lwd/copies/id/xvdc/disk');
  expect(path('/srv/disk.img')).toBe('/srv/disk.img');
});
