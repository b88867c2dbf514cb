/** The short forms of numbers and names: what they stand for, that they come back, and that no text does harm. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseNames, parseNumbers, parseRepeated } from '../../../src/batch/lists.js';
import { cpuList } from '../../../src/xl/facts/topology.js';

describe('numbers', () => {
  test.each([
    ['0-2,4-5', [0, 1, 2, 4, 5]],
    ['7', [7]],
    ['4,1-2,1', [1, 2, 4]],
  ])('%s', (text, numbers) => expect(parseNumbers(text)).toEqual(numbers));

  test.each(['', ',', '1,', '3-1', '-1', '1-', '0x1', '1 2', '1-999999', '99999999999', '1\n', '1;2', '^1', '٣'])(
    '%j is none',
    (text) => expect(parseNumbers(text)).toBeUndefined(),
  );

  test('any set of them comes back from its short form', () => {
    const sets = fc.uniqueArray(fc.nat(4000), { minLength: 1 });
    fc.assert(
      fc.property(sets, (numbers) => {
        expect(parseNumbers(cpuList(numbers))).toEqual(numbers.sort((a, b) => a - b));
      }),
    );
  });
});

describe('repeated numbers', () => {
  test.each([
    ['5,1', [5, 1]],
    ['1(x2)', [1, 1]],
    ['2(x3),1', [2, 2, 2, 1]],
    ['0', [0]],
  ])('%s', (text, numbers) => expect(parseRepeated(text)).toEqual(numbers));

  test.each(['', '1(x0)', '1(x)', '1x2', '1(x2', '(x2)', '1(x999999)', '1,,2', '1(x60000),1(x60000)', '-1'])(
    '%j is none',
    (text) => expect(parseRepeated(text)).toBeUndefined(),
  );

  test('any list of them comes back from runs of equals', () => {
    const runs = fc.array(fc.record({ number: fc.nat(999), times: fc.integer({ min: 1, max: 50 }) }), { minLength: 1 });
    fc.assert(
      fc.property(runs, (parts) => {
        const text = parts.map(({ number, times }) => (times === 1 ? `${number}` : `${number}(x${times})`)).join(',');
        expect(parseRepeated(text)).toEqual(parts.flatMap(({ number, times }) => Array(times).fill(number)));
      }),
    );
  });
});

describe('names', () => {
  test.each([
    ['xen0', ['xen0']],
    ['xen[0-2,5],login', ['xen0', 'xen1', 'xen2', 'xen5', 'login']],
    ['n[08-11]', ['n08', 'n09', 'n10', 'n11']],
    ['r[1-2]n[1-2]', ['r1n1', 'r1n2', 'r2n1', 'r2n2']],
    ['rack[1]-ib', ['rack1-ib']],
  ])('%s', (text, names) => expect(parseNames(text)).toEqual(names));

  test.each(['', 'a[', 'a[]', 'a[3-1]', 'a[0-999999]', 'a[1-2][1-2', 'a b', '$(a)', 'a[0-999]b[0-999]', 'a,,b', 'a\n'])(
    '%j is none',
    (text) => expect(parseNames(text)).toBeUndefined(),
  );
});

test('no text makes any of them fail, or large', () => {
  const alphabet = fc.constantFrom(...'0123456789,-()x[]ab^ \n\0');
  const texts = fc.oneof(
    fc.string(),
    fc.array(alphabet, { maxLength: 40 }).map((letters) => letters.join('')),
  );
  fc.assert(
    fc.property(texts, (text) => {
      for (const parse of [parseNumbers, parseRepeated, parseNames]) {
        expect(parse(text)?.length ?? 1).toBeLessThanOrEqual(65_536);
      }
    }),
    { numRuns: 2000 },
  );
});
