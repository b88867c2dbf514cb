import { describe, expect, test } from 'vitest';
import { UserError } from '../../../../src/errors.js';
import type { HostCapabilities } from '../../../../src/host/host.js';
import { archiveReference } from '../../../../src/xl/spec/cmdline.js';
import { checkCpus, checkName, type DomainWish, planDomain } from '../../../../src/xl/spec/spec.js';
import { hostileTexts } from './specs.js';

const MiB = 2 ** 20;
const pvOnly = { types: ['pv' as const], guestOs: 'lwd', hasSymbols: false };
const both = { types: ['pv' as const, 'pvh' as const], guestOs: 'lwd', hasSymbols: false };
const wish: DomainWish = {
  name: 'cg',
  settings: { type: 'auto', vcpus: 1, memory: 64 * MiB, maxmem: 64 * MiB, cpus: undefined, on_crash: 'destroy' },
  env: { A: 'b' },
  args: ['cg', 'x'],
  kernel: both,
  volumes: [],
  disks: [],
  network: [],
};

function host(changes: Partial<HostCapabilities> = {}): HostCapabilities {
  return {
    xenVersion: '4.20.0',
    types: ['pv', 'pvh'],
    fastPvh: false,
    consoleLogs: '/var/log/xen/console',
    ...changes,
  };
}

function settings(changes: Partial<DomainWish['settings']>): DomainWish {
  return { ...wish, settings: { ...wish.settings, ...changes } };
}

describe('a plan', () => {
  test('counts memory in MiB and keeps the command line', () => {
    expect(planDomain(wish, host())).toMatchObject({
      name: 'cg',
      memory: 64,
      maxmem: 64,
      vcpus: 1,
      commandLine: 'A=b -- cg x',
      ramdiskTail: undefined,
    });
  });

  test('puts a long command line into the ramdisk', () => {
    const plan = planDomain({ ...wish, args: ['cg', 'x'.repeat(2000)] }, host());
    expect(plan.commandLine).toBe(archiveReference);
    expect(Buffer.from(plan.ramdiskTail ?? []).includes('x'.repeat(2000))).toBe(true);
  });

  test('puts control characters there too, since xl.cfg cannot hold them', () => {
    expect(planDomain({ ...wish, args: ['cg', '\u001b[31m'] }, host()).commandLine).toBe(archiveReference);
  });

  test('takes the native counter for kernels of lwd only', () => {
    expect(planDomain(wish, host()).nativeTsc).toBe(true);
    expect(planDomain({ ...wish, kernel: { ...both, guestOs: 'linux' } }, host()).nativeTsc).toBe(false);
    expect(planDomain({ ...wish, kernel: { ...both, guestOs: undefined } }, host()).nativeTsc).toBe(false);
  });
});

describe('what Xen keeps for it', () => {
  const disk = { source: '/dev/sdb', target: 'xvda', readonly: false };
  const card = { bridge: 'xenbr0', ip: 'dhcp', gateway: undefined, mac: undefined, dns: [] };

  test("is what lwd's kernel and its devices need", () => {
    const limits = (changes: Partial<DomainWish>) => planDomain({ ...wish, ...changes }, host()).limits;
    expect(limits({})).toEqual({ eventChannels: 36, grantFrames: 2, maptrackFrames: 1 });
    expect(limits({ network: [card], disks: [disk] })).toMatchObject({ eventChannels: 44, grantFrames: 22 });
    const many = ['a', 'b', 'c', 'd', 'e'].map((letter) => ({ ...disk, target: `xvd${letter}` }));
    expect(limits({ disks: many })).toMatchObject({ grantFrames: 64 });
  });

  test("is Xen's default for another's kernel, and what lwd.yaml says for any", () => {
    const linux = { ...wish, kernel: { ...both, guestOs: 'linux' } };
    const none = { eventChannels: undefined, grantFrames: undefined, maptrackFrames: undefined };
    expect(planDomain(linux, host()).limits).toEqual(none);
    const asked = { max_event_channels: 100, max_grant_frames: 3, max_maptrack_frames: 0 };
    for (const { kernel } of [wish, linux]) {
      expect(planDomain({ ...settings(asked), kernel }, host()).limits).toEqual({
        eventChannels: 100,
        grantFrames: 3,
        maptrackFrames: 0,
      });
    }
  });
});

describe('the type', () => {
  test.each([
    ['auto', both, host(), 'pv'],
    ['auto', both, host({ fastPvh: true }), 'pvh'],
    ['auto', both, undefined, 'pv'],
    ['auto', pvOnly, host({ fastPvh: true }), 'pv'],
    ['auto', both, host({ types: ['pvh'] }), 'pvh'],
    ['pv', both, host({ fastPvh: true }), 'pv'],
    ['pvh', both, host(), 'pvh'],
  ] as const)('%s, image %j, host %j: %s', (type, kernel, capabilities, expected) => {
    expect(planDomain({ ...settings({ type }), kernel }, capabilities).type).toBe(expected);
  });

  test.each([
    ['pvh', pvOnly, host()],
    ['pvh', both, host({ types: ['pv'] })],
    ['auto', pvOnly, host({ types: ['pvh'] })],
  ] as const)('%s, image %j, host %j: refused', (type, kernel, capabilities) => {
    expect(() => planDomain({ ...settings({ type }), kernel }, capabilities)).toThrow(UserError);
  });
});

describe('what xl would swallow is refused', () => {
  test.each([
    { memory: 3 * MiB },
    { memory: 0 },
    { memory: 64 * MiB + 1 },
    { memory: 2 ** 60 },
    { memory: Number.NaN },
    { maxmem: 32 * MiB },
    { vcpus: 0 },
    { vcpus: 129 },
    { vcpus: 1.5 },
    { cpus: '9-4' },
    { cpus: '' },
  ])('%j', (changes) => {
    expect(() => planDomain(settings(changes), host())).toThrow(UserError);
  });

  test.each([
    '',
    '12',
    '0',
    'Domain-0',
    '-a',
    '.',
    '..',
    '../x',
    'a/b',
    'a b',
    'a\n',
    'ü',
    'x'.repeat(64),
    ...hostileTexts,
  ])('the name %j', (name) => {
    expect(() => checkName(name)).toThrow(UserError);
  });

  test.each(['a', 'cg', 'lwd-1234-0', 'A.b_c', 'x'.repeat(63)])('not the name %j', (name) => {
    expect(() => checkName(name)).not.toThrow();
  });

  test.each(['01', '1,', ',1', '1 ,2', '-1', '1-', 'a', '^', 'node:', 'nodes:1-', '1;2', '0x1', '"1"', '1\n', 'all-2'])(
    'the CPUs %j',
    (cpus) => {
      expect(() => checkCpus(cpus)).toThrow(UserError);
    },
  );

  test.each(['0', '2', '0-3', '0-3,^1', 'node:1', 'nodes:0-1,^node:0', 'all', '5,7,9-11'])(
    'not the CPUs %j',
    (cpus) => {
      expect(() => checkCpus(cpus)).not.toThrow();
    },
  );
});
