/** What lwd writes into xl.cfg, read by the xl of a real Xen: what goes in comes out, and nothing else does. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { chooseHost } from '../../src/host/choose.js';
import type { Host } from '../../src/host/host.js';
import { expandCpus } from '../../src/xl/place/placement.js';
import { renderConfig } from '../../src/xl/spec/cfg.js';
import type { DomainSpec } from '../../src/xl/spec/spec.js';
import { domainSpecs, hostileTexts } from '../unit/xl/spec/specs.js';

/** Each parameter is one configuration; nothing is created. */
const readScript = `
for config; do
  xl -N create -q /dev/null "$config" 2>&1
  echo "=== $?"
done`;

interface Read {
  status: number;
  text: string;
}

let host: Host;

beforeAll(async () => {
  process.env.XDG_RUNTIME_DIR = inject('runtimeDirectory');
  host = await chooseHost({ flag: 'embedded' });
});

afterAll(() => host.close());

/** What xl makes of each text, in one round trip. */
async function readByXl(configs: readonly string[]): Promise<Read[]> {
  const result = await host.script(readScript, configs, { timeout: 110_000 });
  const read = [...result.stdout.matchAll(/(.*?)^=== (\d+)\n/gms)].map(([, text = '', status]) => ({
    text,
    status: Number(status),
  }));
  expect(read.length).toBe(configs.length);
  return read;
}

/** What libxl's JSON has to say for a specification. What is its default, it leaves out. */
function expectSame(spec: DomainSpec, { text, status }: Read): void {
  expect(status, text).toBe(0);
  const { c_info, b_info, nics = [], disks = [], ...rest } = JSON.parse(text);
  expect(c_info).toEqual({ type: spec.type, name: spec.name, uuid: spec.uuid, run_hotplug_scripts: 'True' });
  expect(b_info.kernel).toBe(spec.kernel);
  expect(b_info.ramdisk).toBe(spec.ramdisk);
  expect(b_info.cmdline ?? '').toBe(spec.commandLine);
  expect(b_info.target_memkb).toBe(spec.memory * 1024);
  expect(b_info.max_memkb).toBe(spec.maxmem * 1024);
  expect(b_info.max_vcpus ?? 1).toBe(spec.vcpus);
  expect(b_info.event_channels).toBe(spec.limits?.eventChannels);
  expect(b_info.max_grant_frames).toBe(spec.limits?.grantFrames);
  expect(b_info.max_maptrack_frames).toBe(spec.limits?.maptrackFrames);
  expect(b_info.tsc_mode).toBe(spec.nativeTsc ? 'native' : undefined);
  const affinity =
    spec.cpus === undefined ? undefined : [...(expandCpus(spec.cpus) as Set<number>)].sort((a, b) => a - b);
  for (const map of b_info.vcpu_hard_affinity ?? []) expect(map).toEqual(affinity);
  expect(b_info.vcpu_hard_affinity?.length).toBe(affinity === undefined ? undefined : spec.vcpus);
  const cards = nics.map(({ bridge, mac, devid, ...more }: Record<string, unknown>) => ({ bridge, mac, more }));
  expect(cards).toEqual(
    spec.network.map(({ bridge, mac }) => ({
      bridge,
      mac: mac?.toLowerCase(),
      more: expect.anything(),
    })),
  );
  for (const { more } of cards) expect(more).not.toHaveProperty('script');
  expect(disks).toEqual(
    spec.disks.map(({ path, target, readonly }) =>
      expect.objectContaining({ pdev_path: path, vdev: target, format: 'raw', ...(readonly ? {} : { readwrite: 1 }) }),
    ),
  );
  for (const disk of disks) expect(disk).not.toHaveProperty('script');
  expect(Object.keys(b_info).filter((key) => !known.has(key))).toEqual([]);
  for (const [action, chosen] of Object.entries({
    poweroff: 'destroy',
    reboot: 'destroy',
    watchdog: 'destroy',
    crash: spec.onCrash,
  })) {
    expect(rest[`on_${action}`] ?? 'destroy').toBe(chosen);
  }
  expect(Object.keys(rest).filter((key) => !/^on_(poweroff|reboot|watchdog|crash|soft_reset)$/.test(key))).toEqual([]);
}

const known = new Set(
  'max_vcpus avail_vcpus vcpu_hard_affinity tsc_mode event_channels max_grant_frames max_maptrack_frames max_memkb target_memkb sched_params claim_mode kernel cmdline ramdisk type.pv type.pvh arch_arm arch_x86'.split(
    ' ',
  ),
);

describe("xl's own parser", () => {
  test('reads back every hostile text, in every place that takes text', async () => {
    const [plain] = fc.sample(domainSpecs, { numRuns: 1, seed: 1 }) as [DomainSpec];
    const specs = hostileTexts.map((text) => ({
      ...plain,
      kernel: `/k${text}`,
      ramdisk: `/r${text}`,
      commandLine: text,
    }));
    const read = await readByXl(specs.map((spec) => renderConfig(spec, 'xl')));
    for (const [index, spec] of specs.entries()) expectSame(spec, read[index] as Read);
  });

  test('reads back hundreds of generated specifications', async () => {
    for (let round = 0; round < 2; round++) {
      const specs = fc.sample(domainSpecs, 100);
      const read = await readByXl(specs.map((spec) => renderConfig(spec, 'xl')));
      for (const [index, spec] of specs.entries()) expectSame(spec, read[index] as Read);
    }
  }, 240_000);

  test('would notice: a changed text is read as changed', async () => {
    const [spec] = fc.sample(domainSpecs, { numRuns: 1, seed: 2 }) as [DomainSpec];
    const [read] = await readByXl([`${renderConfig(spec, 'xl')}vif=["bridge=xenbr0,script=/x"]\n`]);
    expect(() => expectSame(spec, read as Read)).toThrow();
  });
});
