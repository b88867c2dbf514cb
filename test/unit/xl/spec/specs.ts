/** Generators for domain specifications, the hostile ones first in mind; shared with the test against xl's own parser. */
import fc from 'fast-check';
import type { NetworkSetting } from '../../../../src/config/model.js';
import { UserError } from '../../../../src/errors.js';
import { type DiskDevice, diskDeviceText } from '../../../../src/xl/spec/disk.js';
import { checkNetwork } from '../../../../src/xl/spec/network.js';
import type { DomainSpec } from '../../../../src/xl/spec/spec.js';

/** What has broken configuration writers before: ends of strings, of fields, of lines, and words that xl would run. */
export const hostileTexts = [
  'xenbr0,script=/x',
  '"',
  "'",
  '\\',
  '\\"',
  '\\n',
  '\\x41',
  '\\101',
  '"\nscript="/x',
  '$(reboot)',
  '`reboot`',
  '; reboot',
  '# no comment',
  'a\nb\tc',
  '%s%n',
  'name="other"',
  ']',
  'é ü 漢字 😀',
  '\u00a0',
  ' lead and trail ',
  '-n',
  '--help',
  'x'.repeat(1000),
  '',
];

/** Any text that xl.cfg can carry. */
const text = fc.oneof(
  fc.constantFrom(...hostileTexts),
  fc.string({ unit: 'grapheme' }).map(carriable),
  fc.string({ unit: fc.constantFrom('"', '\\', '\n', '\t', "'", ',', '=', '#', ';', '$', 'n', 'x', '0') }),
);

function carriable(value: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about
  return value.replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '');
}

const path = text.map((value) => `/${value}`);
const megabytes = fc.integer({ min: 4, max: 16 * 1024 * 1024 });
/** xl drops without a word what is beyond the host's CPUs, rounded up to eight. */
const cpu = fc.integer({ min: 0, max: 7 });
const cpus = fc.oneof(
  cpu.map(String),
  fc.tuple(cpu, cpu).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`),
  fc.tuple(cpu, cpu).map(([a, b]) => `${a},${b}`),
  fc.integer({ min: 0, max: 6 }).map((a) => `${a}-7,^${a}`),
);

/** Of these lwd takes some and refuses others; what it takes has to arrive as it is. */
const fieldText = fc.oneof(
  { weight: 3, arbitrary: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,14}$/) },
  { weight: 1, arbitrary: text },
);

function isTaken(check: () => unknown): boolean {
  try {
    check();
    return true;
  } catch (error) {
    if (error instanceof UserError) return false;
    throw error;
  }
}

const mac = fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 5, maxLength: 5 }).map((bytes) =>
  // An address of a group of cards is nobody's own.
  [2, ...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(':'),
);
const card = fc
  .record({ bridge: fieldText, mac: fc.option(mac, { nil: undefined }) })
  .map((own): NetworkSetting => ({ ...own, ip: 'dhcp', gateway: undefined, dns: [] }));
const disk = fc.record({ path: fieldText.map((name) => `/dev/${name}`), readonly: fc.boolean() });

/** Cards and disks that lwd takes, hostile as they may have been. */
const network = fc.array(card, { maxLength: 3 }).map((all) => all.filter((one) => isTaken(() => checkNetwork([one]))));
const disks = fc
  .array(disk, { maxLength: 3 })
  .map((all) => all.map((one, index): DiskDevice => ({ ...one, target: `xvd${'abc'[index]}` })))
  .map((all) => all.filter((one) => isTaken(() => diskDeviceText(one))));

const limit = (max: number) => fc.option(fc.integer({ min: 1, max }), { nil: undefined });

export const domainSpecs: fc.Arbitrary<DomainSpec> = fc
  .record({
    name: fc.stringMatching(/^[A-Za-z][A-Za-z0-9._-]{0,62}$/),
    uuid: fc.uuid(),
    type: fc.constantFrom('pv' as const, 'pvh' as const),
    kernel: path,
    ramdisk: fc.option(path, { nil: undefined }),
    commandLine: text,
    memory: megabytes,
    extra: fc.nat(1024),
    vcpus: fc.integer({ min: 1, max: 128 }),
    cpus: fc.option(cpus, { nil: undefined }),
    pool: fc.constant(undefined),
    placement: fc.constant(undefined),
    group: fc.constant(undefined),
    channel: fc.boolean(),
    onCrash: fc.constantFrom('destroy' as const, 'preserve' as const),
    nativeTsc: fc.boolean(),
    limits: fc.record({ eventChannels: limit(4095), grantFrames: limit(1024), maptrackFrames: limit(1024) }),
    network,
    disks,
  })
  .map(({ extra, ...spec }) => ({ ...spec, maxmem: spec.memory + extra, volumes: [] }));
