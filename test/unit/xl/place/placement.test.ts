/** Choosing CPUs and admitting domains: pure, on what Xen 4.20 printed and on hosts that are made up. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cpuList, type HostCpu, parsePools, parseTopology } from '../../../../src/xl/facts/topology.js';
import { changes, isBeingMade } from '../../../../src/xl/observed/events.js';
import { parseUsage, ratesBetween } from '../../../../src/xl/observed/stats.js';
import type { DomainStatus, Placement } from '../../../../src/xl/observed/status.js';
import { parsePlacements } from '../../../../src/xl/observed/status.js';
import { overhead, refuse } from '../../../../src/xl/place/admission.js';
import { chooseCpus } from '../../../../src/xl/place/choose-cpus.js';
import { parseMembers } from '../../../../src/xl/place/pool.js';

/** Recorded from the embedded host. */
const info = `host                   : lwd-dom0
nr_cpus                : 2
total_memory           : 4095
free_memory            : 3028
outstanding_claims     : 12
free_cpus              : 0
cpu_topology           :
cpu:    core    socket     node
  0:       0        0        0
  1:       1        0        0
device topology        :
device           node
No device topology data available
numa_info              :
node:    memsize    memfree    distances
   0:      5120       3028      10
xen_major              : 4
`;
const vcpuList = `Name                                ID  VCPU   CPU State   Time(s) Affinity (Hard / Soft)
Domain-0                             0     0    1   -b-      94.9  all / all
Domain-0                             0     1    0   r--      90.8  all / all
`;

describe('what xl prints', () => {
  test('the topology', () => {
    expect(parseTopology(info)).toEqual({
      cpus: [
        { cpu: 0, core: 0, socket: 0, node: 0 },
        { cpu: 1, core: 1, socket: 0, node: 0 },
      ],
      nodes: [{ node: 0, total: 5120, free: 3028 }],
      freeMemory: 3028,
      claimed: 12,
    });
  });

  test('pools, and who is in them', () => {
    const text =
      'Name               CPUs   Sched     Active   Domain count\nPool-0               1   credit2       y          1\nhpc                  1   credit2       y          0\n--- cpus\nName               CPU list\nPool-0             0\nhpc                1\n';
    expect(parsePools(text)).toEqual([
      { name: 'Pool-0', cpus: [0], scheduler: 'credit2', domains: 1 },
      { name: 'hpc', cpus: [1], scheduler: 'credit2', domains: 0 },
    ]);
    const list =
      'Name                                        ID   Mem VCPUs\tState\tTime(s)         Cpupool\nDomain-0                                     0  1024     2     r-----     740.3          Pool-0\npx                                          25     8     1     -b----       0.0             hpc\n';
    expect([...parseMembers(list)]).toEqual([
      [0, 'Pool-0'],
      [25, 'hpc'],
    ]);
  });

  test('a list of CPUs is written as xl reads it', () => {
    expect(cpuList([5, 0, 2, 1, 2])).toBe('0-2,5');
    expect(cpuList([])).toBe('');
  });
});

describe('--cpus auto', () => {
  test('on the embedded host: not the CPU where dom0 tends to be, and says that dom0 floats', () => {
    const chosen = chooseCpus(parseTopology(info), parsePlacements(vcpuList), [0, 1], {
      vcpus: 1,
      memory: 64,
      node: undefined,
    });
    expect(chosen).toMatchObject({ cpus: [1], node: 0, why: 'CPUs 1 of node 0: 2 whole cores were free' });
    expect(chosen.withDom0).toBe(true);
  });

  test('says what is free if there is too little', () => {
    const wish = { vcpus: 3, memory: 64, node: undefined };
    expect(() => chooseCpus(parseTopology(info), parsePlacements(vcpuList), [0, 1], wish)).toThrow('2 are free');
  });

  /** Sockets × cores × threads, a node a socket, and domains on some of the CPUs. */
  const host = fc
    .record({
      sockets: fc.integer({ min: 1, max: 4 }),
      cores: fc.integer({ min: 1, max: 6 }),
      threads: fc.integer({ min: 1, max: 2 }),
      given: fc.array(fc.nat(47), { maxLength: 12 }),
      vcpus: fc.integer({ min: 1, max: 8 }),
      memory: fc.nat(4000),
      free: fc.array(fc.nat(4000), { minLength: 4, maxLength: 4 }),
    })
    .map(({ sockets, cores, threads, given, vcpus, memory, free }) => {
      const cpus: HostCpu[] = [];
      for (let node = 0; node < sockets; node++)
        for (let core = 0; core < cores; core++)
          for (let thread = 0; thread < threads; thread++) cpus.push({ cpu: cpus.length, core, socket: node, node });
      const nodes = free.slice(0, sockets).map((one, node) => ({ node, total: 4000, free: one }));
      const place = (cpu: number): Placement => ({ vcpu: 0, cpu, hard: String(cpu), soft: 'all' });
      const placements = new Map(given.map((cpu, id) => [id, [place(cpu % cpus.length)]]));
      return { topology: { cpus, nodes, freeMemory: 4000, claimed: 0 }, placements, vcpus, memory };
    });

  test('whole cores that nobody has, on one node if one has so many, the roomiest first', () => {
    fc.assert(
      fc.property(host, ({ topology, placements, vcpus, memory }) => {
        const all = topology.cpus.map(({ cpu }) => cpu);
        const coreOf = (cpu: number) => `${topology.cpus[cpu]?.socket}/${topology.cpus[cpu]?.core}`;
        const taken = new Set([...placements.values()].flat().map(({ hard }) => coreOf(Number(hard))));
        const free = new Map<number, Set<string>>();
        for (const { cpu, node } of topology.cpus)
          if (!taken.has(coreOf(cpu))) free.set(node, (free.get(node) ?? new Set()).add(coreOf(cpu)));
        const total = [...free.values()].reduce((sum, cores) => sum + cores.size, 0);
        const choose = () => chooseCpus(topology, placements, all, { vcpus, memory, node: undefined });
        if (total < vcpus) return void expect(choose).toThrow(`${total} are free`);
        const { cpus, node } = choose();
        expect(new Set(cpus.map(coreOf)).size).toBe(vcpus);
        for (const cpu of cpus) expect(taken.has(coreOf(cpu))).toBe(false);
        const fitting = [...free].filter(([, cores]) => cores.size >= vcpus).map(([one]) => one);
        expect(node === undefined).toBe(fitting.length === 0);
        if (node === undefined) return;
        for (const cpu of cpus) expect(topology.cpus[cpu]?.node).toBe(node);
        const roomy = (one: number) => (topology.nodes[one]?.free ?? 0) >= memory;
        if (fitting.some(roomy)) expect(roomy(node)).toBe(true);
      }),
    );
  });
});

describe('admission', () => {
  const room = { freeMemory: 100, claimed: 20 };
  const one = { name: 'a', memory: 32, maxmem: 32 };

  test('counts what is promised to others, and what a domain costs beside its memory', () => {
    expect(overhead(one)).toBeGreaterThan(0);
    expect(refuse([one, { ...one, name: 'b' }], room, new Set(), 'h')).toBeUndefined();
    const three = refuse([one, { ...one, name: 'b' }, { ...one, name: 'c' }], room, new Set(), 'h');
    expect(three?.message).toContain('80 MiB free');
    expect(three?.exitCode).toBe(71);
  });

  test('what runs one after another takes room once', () => {
    const five = ['a', 'b', 'c', 'd', 'e'].map((name) => ({ ...one, name }));
    expect(refuse(five, room, new Set(), 'h', { before: (first, second) => first < second })).toBeUndefined();
    expect(refuse(five, room, new Set(), 'h', { before: (first) => first === 'a' })?.message).toContain(
      'would take 140',
    );
    expect(refuse(five, room, new Set(), 'h', { held: 24 })?.next.join()).toContain('the shells, which have 24 MiB');
  });

  test('names that are taken', () => {
    expect(refuse([one], room, new Set(['Domain-0', 'a']), 'h')?.exitCode).toBe(73);
  });
});

describe('stats and events', () => {
  const uuid = '6c776400-39c4-8696-b850-3489bf487e93';
  const sample = (time: string, sectors: number) => `Name ID Mem VCPUs State Time(s) UUID Reason-Code Security Label
mb                                          23    48     1     -b----       ${time} ${uuid}        -                -
--- counters
/sys/bus/xen-backend/devices/vbd-23-51712/statistics/rd_sect ${sectors}
/sys/bus/xen-backend/devices/vbd-23-51728/statistics/rd_sect 2
/sys/class/net/vif23.0/statistics/rx_bytes 700
/sys/class/net/vif2.0/statistics/rx_bytes 9
`;

  test('a sum over the devices, as the domain sees it, and rates between two looks', () => {
    const [before] = parseUsage(sample('1.0', 0));
    const domains = parseUsage(sample('1.5', 8));
    expect(domains[0]).toMatchObject({ cpuSeconds: 1.5, diskRead: 5120, netSent: 700, netReceived: 0 });
    const [rates] = ratesBetween({ at: 0, domains: before ? [before] : [] }, { at: 2000, domains });
    expect(rates).toMatchObject({ cpuPercent: 25, diskRate: 2048, netRate: 0 });
    expect(ratesBetween({ at: 0, domains: [] }, { at: 2000, domains })[0]?.cpuPercent).toBeUndefined();
  });

  test('one that is being made is not told of yet', () => {
    expect(isBeingMade({ state: 'paused', record: undefined })).toBe(true);
    expect(isBeingMade({ state: 'running', record: undefined })).toBe(true);
    expect(isBeingMade({ state: 'paused', record: {} as DomainStatus['record'] })).toBe(false);
    for (const state of ['dying', 'ended', 'shell'] as const)
      expect(isBeingMade({ state, record: undefined })).toBe(false);
  });

  test('what changed from one look to the next', () => {
    const domain = (name: string, state: string) => ({ uuid: name, name, state }) as DomainStatus;
    const kinds = (before: DomainStatus[], now: DomainStatus[]) =>
      changes(before, now).map(({ kind, domain: { name } }) => `${name} ${kind}`);
    expect(kinds([], [domain('a', 'running'), domain('b', 'ended')])).toEqual(['a created', 'b created', 'b ended']);
    expect(kinds([domain('a', 'running')], [domain('a', 'paused')])).toEqual(['a paused']);
    expect(kinds([domain('a', 'paused')], [domain('a', 'running')])).toEqual(['a unpaused']);
    expect(kinds([domain('a', 'ended')], [domain('a', 'ended')])).toEqual([]);
    expect(kinds([domain('a', 'ended')], [])).toEqual(['a gone']);
  });
});
