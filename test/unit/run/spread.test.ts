/** Which of several hosts each domain goes to. */
import { expect, test } from 'vitest';
import { spread } from '../../../src/run/spread.js';

const hosts = ['a', 'b', 'c'];

test('in blocks neighbours stay together, and the first hosts have what is left over', () => {
  expect(spread(hosts, 7, 'block').join('')).toBe('aaabbcc');
  expect(spread(hosts, 2, 'block').join('')).toBe('ab');
  expect(spread(hosts, 6, 'block').join('')).toBe('aabbcc');
});

test('in turns each has its next when all have had theirs', () => {
  expect(spread(hosts, 7, 'cyclic').join('')).toBe('abcabca');
  expect(spread(['a'], 3, 'cyclic').join('')).toBe('aaa');
});
