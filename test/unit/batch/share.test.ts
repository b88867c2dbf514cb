/** Who gets what of a node: shares of tasks, and Xen's CPUs for the batch system's. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Allocation } from '../../../src/batch/allocation.js';
import { hostCpus, mappedCpus, parseCpuMap, topologyOrder } from '../../../src/batch/cpu-map.js';
import { findAllocation } from '../../../src/batch/detect.js';
import { taskShare } from '../../../src/batch/share.js';
import { slurmTask } from './environments.js';

function allocation(changes: Partial<Allocation>): Allocation {
  const found = findAllocation(slurmTask, 'here');
  if (found === undefined) throw new Error('no allocation');
  return { ...found, ...changes };
}

describe('shares', () => {
  test('equal parts, in the order of local ranks', () => {
    const all = { cores: [0, 1, 2, 4, 5], cpus: 5, localTasks: 2, memory: 301 };
    expect(taskShare(allocation({ ...all, localRank: 0 }))).toEqual({
      count: 2,
      cores: [0, 1],
      among: [],
      memory: 150,
    });
    expect(taskShare(allocation({ ...all, localRank: 1 }))).toEqual({
      count: 2,
      cores: [2, 4],
      among: [],
      memory: 150,
    });
  });

  test('what was asked for each task', () => {
    const all = { cores: [0, 1, 2, 4, 5], cpus: 5, localTasks: 2, cpusPerTask: 1 };
    expect(taskShare(allocation({ ...all, localRank: 1 })).cores).toEqual([1]);
  });

  test('a step with a part of the CPUs has as little of the memory, and may have any of the CPUs', () => {
    const part = { cores: [0, 1, 2, 4], cpus: 1, localTasks: 1, localRank: 0, memory: 400 };
    expect(taskShare(allocation(part))).toEqual({ count: 1, cores: [0], among: [0, 1, 2, 4], memory: 100 });
  });

  test('numbers that are not known stay so', () => {
    const nothing = { cores: undefined, cpus: undefined, memory: undefined };
    expect(taskShare(allocation(nothing))).toEqual({
      count: undefined,
      cores: undefined,
      among: [],
      memory: undefined,
    });
    expect(taskShare(allocation({ ...nothing, cpus: 4 }))).toMatchObject({ count: 2, cores: undefined });
  });

  test('ranks that contradict each other are told', () => {
    expect(() => taskShare(allocation({ localRank: 2 }))).toThrow('task 2 of 2 on xen0 cannot be');
  });

  test('no task gets what another has, and none more than there is', () => {
    const cases = fc.record({
      cores: fc.uniqueArray(fc.nat(255), { minLength: 1, maxLength: 64 }),
      localTasks: fc.integer({ min: 1, max: 64 }),
      cpusPerTask: fc.option(fc.integer({ min: 0, max: 100 }), { nil: undefined }),
      memory: fc.nat(100_000),
    });
    fc.assert(
      fc.property(cases, (given) => {
        const ranks = Array.from({ length: given.localTasks }, (_, rank) => rank);
        const cpus = given.cores.length;
        const shares = ranks.map((localRank) => taskShare(allocation({ ...given, cpus, localRank })));
        const taken = shares.flatMap(({ cores }) => cores ?? []);
        expect(taken.every((core) => given.cores.includes(core))).toBe(true);
        expect(shares.every(({ cores, count }) => cores?.length === count && count !== 0)).toBe(true);
        if (given.localTasks <= given.cores.length) expect(new Set(taken).size).toBe(taken.length);
        expect(shares.reduce((sum, { memory = 0 }) => sum + memory, 0)).toBeLessThanOrEqual(given.memory);
      }),
    );
  });
});

describe('the map of CPUs', () => {
  const map = parseCpuMap('# by hand\nxen0 3,1-2\nxen* 8-11 # the others\n\n* 0\n', 'map');

  test("the first line that fits is the node's", () => {
    expect(mappedCpus(map, 'xen0')).toEqual([3, 1, 2]);
    expect(mappedCpus(map, 'xen07')).toEqual([8, 9, 10, 11]);
    expect(mappedCpus(map, 'login')).toEqual([0]);
    expect(mappedCpus([], 'xen0')).toBeUndefined();
    expect(hostCpus([0, 2], mappedCpus(map, 'xen0') ?? [], 'xen0')).toEqual([3, 2]);
  });

  test.each(['xen0', 'xen0 1 2', 'xen0 2-1', 'xen0 a', 'xen[0] 1', '$(x) 1'])('%j is no line', (line) => {
    expect(() => parseCpuMap(`ok 1\n${line}\n`, 'map')).toThrow(/^map:2: /);
  });

  test('a CPU twice is told', () => expect(() => parseCpuMap('a 1-3,2', 'map')).toThrow('map:1: a CPU is there twice'));

  test('more CPUs than the node has are told', () => {
    expect(() => hostCpus([4], [0, 1], 'xen0')).toThrow('CPU 4 of xen0, which has 2');
  });

  test('without a line: by socket, core and thread', () => {
    const cpus = [
      { cpu: 0, core: 0, socket: 0 },
      { cpu: 1, core: 0, socket: 1 },
      { cpu: 2, core: 1, socket: 0 },
      { cpu: 3, core: 0, socket: 0 },
    ];
    expect(topologyOrder(cpus)).toEqual([0, 3, 2, 1]);
  });
});
