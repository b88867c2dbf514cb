import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { interpreterOf, loadOrder, parseModuleDependencies } from '../../../../src/host/embedded/dom0-tree.js';
import { packageVersions } from '../../../../src/host/embedded/image.js';

const dependencies = parseModuleDependencies(`kernel/net/bridge.ko.xz: kernel/net/stp.ko.xz kernel/net/llc.ko.xz
kernel/net/stp.ko.xz: kernel/net/llc.ko.xz
kernel/net/llc.ko.xz:
kernel/drivers/virtio_net.ko.xz: kernel/core/net_failover.ko.xz
kernel/core/net_failover.ko.xz:
`);

describe('modules', () => {
  it('come after what they depend on, each once', () => {
    expect(loadOrder(['bridge', 'llc', 'virtio-net'], dependencies)).toEqual([
      'kernel/net/llc.ko.xz',
      'kernel/net/stp.ko.xz',
      'kernel/net/bridge.ko.xz',
      'kernel/core/net_failover.ko.xz',
      'kernel/drivers/virtio_net.ko.xz',
    ]);
  });

  it('that are built into the kernel do not show', () => {
    expect(loadOrder(['virtio_pci'], dependencies)).toEqual([]);
  });
});

describe('interpreterOf', () => {
  it('finds the loader of a real program', () => {
    expect(interpreterOf(readFileSync('/bin/cat'))).toBe('/lib64/ld-linux-x86-64.so.2');
  });

  it('finds none where there is none', () => {
    expect(interpreterOf(Buffer.from('#!/bin/sh\n'))).toBeUndefined();
    expect(interpreterOf(readFileSync('/bin/cat').subarray(0, 64))).toBeUndefined();
    expect(interpreterOf(new Uint8Array())).toBeUndefined();
  });
});

describe('packageVersions', () => {
  it('reads the names of archives', () => {
    expect(packageVersions('libacl1_2.3.2-2+b1_amd64.deb\nzlib1g_1%3a1.3.dfsg_amd64.deb\nlock\npartial\n')).toEqual({
      libacl1: '2.3.2-2+b1',
      zlib1g: '1:1.3.dfsg',
    });
  });
});
