/** What an allocation makes of a domain, and what it forbids. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findAllocation } from '../../../src/batch/detect.js';
import { taskShare } from '../../../src/batch/share.js';
import {
  type BatchTask,
  checkPlacementFlags,
  checkWithin,
  fitFlags,
  fitText,
  largestMemory,
  withCpus,
} from '../../../src/run/fit-allocation.js';
import { type MemberFlags, membersOf } from '../../../src/run/members.js';
import { overhead } from '../../../src/xl/place/admission.js';
import { bareSettings } from '../../../src/xl/spec/wish.js';
import { slurmTask } from '../batch/environments.js';
import { image } from '../xl/spec/image.js';

const linux = { ...image.facts, guestOs: 'linux' };

/** Task 1 of 2 on a node of which the job has eight CPUs and 301 MiB: 4 of the CPUs, 150 of the MiB. */
function task(changes: Partial<BatchTask> = {}): BatchTask {
  const allocation = findAllocation({ ...slurmTask, LWD_BATCH_CORES: '0-7', LWD_BATCH_MEMORY: '301' }, 'here');
  if (allocation === undefined) throw new Error('no allocation');
  return { allocation, share: taskShare(allocation), cpus: [12, 13, 14, 15], among: [], ...changes };
}

function fitted(flags: MemberFlags, settings = bareSettings, kernel = image.facts, own = task()) {
  const { wishes } = membersOf(
    { image: image, settings: settings, entries: [] },
    fitFlags(own, flags, kernel),
    undefined,
  );
  const placed = withCpus(own, wishes, flags.cpus);
  checkWithin(own, placed);
  return placed.map(({ name, settings: { vcpus, memory, maxmem, cpus } }) => ({
    name,
    vcpus,
    cpus,
    memory: memory / 2 ** 20,
    maxmem: maxmem / 2 ** 20,
  }));
}

describe('what was left open', () => {
  test("comes from the allocation; lwd's own kernel has one CPU of it", () => {
    expect(fitted({})).toEqual([{ name: 'lwd-4_1-0-1', vcpus: 1, cpus: '12', memory: 146, maxmem: 146 }]);
  });

  test('too little memory for any domain is told as such, with how much would do', () => {
    const share = { ...task().share, memory: 6 };
    const refused = () => fitted({}, bareSettings, image.facts, task({ share }));
    expect(refused).toThrow(
      '6 MiB of Slurm job 4, step 0, task 1 of 3 on xen0 are too little: a domain costs 7 at least',
    );
    expect(refused).toThrow(expect.objectContaining({ next: [expect.stringContaining('14 MiB on a node')] }));
    expect(fitted({}, bareSettings, image.facts, task({ share: { ...share, memory: 7 } }))).toMatchObject([
      { memory: 4 },
    ]);
  });

  test('all of the CPUs for a kernel that can use them', () => {
    expect(fitted({}, bareSettings, linux)).toMatchObject([{ vcpus: 4, cpus: '12-15' }]);
  });

  test('is divided among several domains', () => {
    expect(fitted({ count: 2 }, bareSettings, linux)).toEqual([
      { name: 'lwd-4_1-0-1-0', vcpus: 2, cpus: '12-13', memory: 72, maxmem: 72 },
      { name: 'lwd-4_1-0-1-1', vcpus: 2, cpus: '14-15', memory: 72, maxmem: 72 },
    ]);
  });

  test('is divided among domains and the shells of each, which are kept within it too', () => {
    const quantity = { domains: 2, shells: 2 };
    const two: MemberFlags = { count: 2 };
    const flags = fitFlags(task(), two, image.facts, quantity);
    expect(flags.memory).toBe('22M');
    const { wishes } = membersOf({ image, settings: bareSettings, entries: [] }, flags, undefined);
    const placed = withCpus(task(), wishes, undefined);
    expect(() => checkWithin(task(), placed, { shells: 2 })).not.toThrow();
    expect(() => checkWithin(task(), placed, { shells: 3 })).toThrow(/^200 MiB .* are more than the 150/);
    // Of one sort there is one pool.
    const somewhere = task({ cpus: undefined });
    expect(fitFlags(somewhere, two, image.facts, quantity).memory).toBe('34M');
    expect(() => checkWithin(somewhere, wishes, { shells: 4 })).not.toThrow();
  });

  test('is had by one after another, if one waits for the end of the other', () => {
    const names = ['a', 'b', 'c'];
    const { wishes } = membersOf({ image, settings: bareSettings, entries: [] }, { count: 3, vcpus: 2 }, undefined);
    const three = wishes.map((wish, index) => ({ ...wish, name: names[index] ?? '' }));
    const before = (first: string, second: string) => first !== 'c' && second === 'c';
    const cpus = withCpus(task(), three, undefined, before).map(({ settings }) => settings.cpus);
    expect(cpus).toEqual(['12-13', '14-15', '12-13']);
    // 3 × 2 vCPUs and 3 × 67 MiB would be more than 4, and 150.
    const placed = withCpus(task(), three, undefined, before);
    expect(() => checkWithin(task(), placed, { before })).not.toThrow();
    expect(() => checkWithin(task(), placed)).toThrow(/^6 vCPUs are more than the 4/);
    const narrow = placed.map((wish) => ({ ...wish, settings: { ...wish.settings, vcpus: 1 } }));
    expect(() => checkWithin(task(), narrow)).toThrow(/^201 MiB .* are more than the 150/);
  });

  test('stays open where the batch system does not say', () => {
    const own = task({ share: { count: undefined, cores: undefined, among: [], memory: undefined }, cpus: undefined });
    expect(fitted({}, bareSettings, linux, own)).toMatchObject([{ vcpus: 1, cpus: undefined, memory: 64 }]);
  });

  test('of a step that has a part of the job is any part of the job that is free', () => {
    const own = task({ among: [12, 13, 14, 15, 16, 17, 18, 19] });
    expect(fitted({}, bareSettings, image.facts, own)).toMatchObject([{ vcpus: 1, cpus: 'auto' }]);
    expect(fitted({ cpus: '19' }, bareSettings, image.facts, own)).toMatchObject([{ cpus: '19' }]);
    expect(() => fitted({ cpus: '11' }, bareSettings, image.facts, own)).toThrow('CPUs 11 are not among those');
    const { wishes } = membersOf(
      { image, settings: bareSettings, entries: [] },
      fitFlags(own, {}, image.facts),
      undefined,
    );
    expect(fitText(own, wishes, undefined)).toContain(': 4 of CPUs 12-19, 146 MiB');
  });

  test('is told', () => {
    const { wishes } = membersOf(
      { image: image, settings: bareSettings, entries: [] },
      fitFlags(task(), {}, image.facts),
      undefined,
    );
    expect(fitText(task(), wishes, 59.9)).toBe(
      'Slurm job 4, step 0, task 1 of 3 on xen0: CPUs 12-15 (its 4-7), 146 MiB of 150, 59 s left',
    );
  });
});

describe('what a flag says', () => {
  test('wins where the allocation has room for it', () => {
    const flags = { name: 'mine', vcpus: 2, memory: '32M', cpus: '13,15' };
    expect(fitted(flags)).toMatchObject([{ name: 'mine', vcpus: 2, cpus: '13,15', memory: 32 }]);
    expect(fitted({ cpus: 'auto' })).toMatchObject([{ cpus: '12' }]);
  });

  test.each<[MemberFlags, RegExp, string]>([
    [{ vcpus: 5 }, /^5 vCPUs are more than the 4 CPUs of Slurm job 4/, 'allowed: --vcpus 4'],
    [{ count: 3, vcpus: 2 }, /^6 vCPUs are more/, 'allowed: --vcpus 1'],
    [{ count: 5 }, /^5 vCPUs are more/, 'allowed: --count 4'],
    [{ memory: '147M' }, /^151 MiB .* are more than the 150 of Slurm job 4/, 'allowed: --memory 146M'],
    [{ cpus: '11-12' }, /^CPUs 11-12 are not among those of/, 'allowed: --cpus 12-15'],
    [{ cpus: 'all' }, /^CPUs all are not among/, 'allowed: --cpus 12-15'],
    [{ cpus: 'node:0' }, /^CPUs node:0 are not among/, 'allowed: --cpus 12-15'],
  ])('is refused where it has none: %j', (flags, message, next) => {
    try {
      fitted(flags);
    } catch (error) {
      expect((error as Error).message).toMatch(message);
      expect((error as { next: string[] }).next[0]).toContain(next);
      return;
    }
    expect.unreachable('it was not refused');
  });

  test('maxmem counts as memory', () => {
    const settings = { ...bareSettings, domain: { ...bareSettings.domain, maxmem: 512 * 2 ** 20 } };
    expect(() => fitted({ memory: '32M' }, settings)).toThrow(/^518 MiB/);
  });

  test('must not leave the choice of CPUs to lwd', () => {
    expect(() => checkPlacementFlags(task(), { numa: 0 })).toThrow('--numa would choose CPUs');
    expect(() => checkPlacementFlags(task(), { pool: 'exclusive' })).toThrow('--pool exclusive would choose');
    checkPlacementFlags(task(), { pool: 'hpc' });
    checkPlacementFlags(task({ cpus: undefined }), { pool: 'exclusive' });
  });
});

test('the largest memory is the largest that fits with what Xen takes', () => {
  const cost = (memory: number) => memory + overhead({ name: '', memory, maxmem: memory });
  fc.assert(
    fc.property(fc.integer({ min: 4, max: 4_000_000 }), (room) => {
      const most = largestMemory(room);
      expect(most === 0 || cost(most) <= room).toBe(true);
      expect(cost(most + 1)).toBeGreaterThan(room);
    }),
  );
});
