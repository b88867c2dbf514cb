/** Names of domains that belong to jobs, and who belongs to which. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type BatchRecord,
  belongsTo,
  jobMark,
  jobName,
  jobWords,
  overName,
  parseBatchRecord,
  parseJobMark,
  parseJobName,
} from '../../../src/batch/job-name.js';

const record: BatchRecord = { system: 'slurm', job: '4', step: '0', rank: 1, restart: 0 };

test('names', () => {
  expect(jobName(record)).toBe('lwd-4-0-1');
  expect(jobName({ ...record, array: '3_12', restart: 2 })).toBe('lwd-4_12-0-1-r2');
  expect(jobName({ ...record, step: 'batch', rank: 0 })).toBe('lwd-4-batch-0');
});

test('a name says who made it, also that of one of several', () => {
  const records = fc.record({
    system: fc.constant('slurm' as const),
    job: fc.nat().map(String),
    step: fc.oneof(fc.nat().map(String), fc.constantFrom('batch', 'interactive')),
    rank: fc.nat(),
    restart: fc.nat(99),
    array: fc.option(
      fc.nat(999).map((index) => `3_${index}`),
      { nil: undefined },
    ),
  });
  fc.assert(
    fc.property(records, fc.constantFrom('', '-0', '-17', '-part-2'), (made, suffix) => {
      const { job, step, rank, restart } = made;
      expect(parseJobName(jobName(made) + suffix)).toEqual({ job, step, rank, restart });
    }),
  );
});

test('a record is read back, and anything else is none', () => {
  const array = { ...record, array: '3_1' };
  expect(parseBatchRecord(JSON.parse(JSON.stringify(array)))).toEqual(array);
  for (const value of [undefined, null, 1, 'x', [], {}, { ...record, rank: '1' }, { ...record, system: 'lsf' }]) {
    expect(parseBatchRecord(value)).toBeUndefined();
  }
});

test("the journal's mark tells whose job it is", () => {
  const array = { ...record, array: '3_1' };
  expect(jobMark(array)).toMatch(/^=[\w-]+$/);
  expect(parseJobMark(jobMark(array))).toEqual(array);
  expect(jobWords(array)).toBe([jobMark(array), array.restart, array.job, array.array].join(' '));
  expect(jobWords(undefined)).toBe('-');
  expect(['3[4].pbs', 'a/b', '../x', ''].map((job) => overName({ job }))).toEqual([
    '3_4',
    undefined,
    undefined,
    undefined,
  ]);
  expect([jobMark(undefined), parseJobMark('=e30'), parseJobMark('=?')]).toEqual(['-', undefined, undefined]);
});

describe('belonging', () => {
  const array = { ...record, array: '3_1' };

  test('by job, by array task, by step, by restart', () => {
    expect(belongsTo({ job: '4' }, 'any', record)).toBe(true);
    expect(belongsTo({ job: '40' }, 'any', record)).toBe(false);
    expect(belongsTo({ job: '3_1' }, 'any', array)).toBe(true);
    expect(belongsTo({ job: '3' }, 'any', array)).toBe(false);
    expect(belongsTo({ job: '4', step: '1' }, 'any', record)).toBe(false);
    expect(belongsTo({ job: '4', restartsBefore: 1 }, 'any', record)).toBe(true);
    expect(belongsTo({ job: '4', restartsBefore: 0 }, 'any', record)).toBe(false);
  });

  test("a heterogeneous job by its number on any node, and by its part's where that is", () => {
    const part = { ...record, component: '5' };
    expect(parseBatchRecord(JSON.parse(JSON.stringify(part)))).toEqual(part);
    expect(['4', '5', '6'].map((job) => belongsTo({ job }, 'any', part))).toEqual([true, true, false]);
  });

  test('a job array of PBS: one of it, or all', () => {
    const pbs: BatchRecord = { ...record, system: 'pbs', job: '123', array: '123_7' };
    expect(belongsTo({ job: '123[7].server' }, 'any', pbs)).toBe(true);
    expect(belongsTo({ job: '123[8].server' }, 'any', pbs)).toBe(false);
    expect(belongsTo({ job: '123.server' }, 'any', pbs)).toBe(true);
  });

  test('without a record the name tells, with one it does not', () => {
    expect(belongsTo({ job: '4' }, 'lwd-4-0-1', undefined)).toBe(true);
    expect(belongsTo({ job: '4' }, 'lwd-4_12-0-1-r2', undefined)).toBe(true);
    expect(belongsTo({ job: '4' }, 'lwd-5-0-1', undefined)).toBe(false);
    expect(belongsTo({ job: '4' }, 'solver', undefined)).toBe(false);
    expect(belongsTo({ job: '4' }, 'lwd-4-0-1', { ...record, job: '5' })).toBe(false);
  });
});
