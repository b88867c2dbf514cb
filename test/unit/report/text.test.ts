import { expect, test } from 'vitest';
import { ageText, bytesText, tableText } from '../../../src/report/text.js';

test.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [65536, '64 KiB'],
  [67108864, '64 MiB'],
  [1.5 * 2 ** 30, '1.5 GiB'],
  [2 ** 50, '1024 TiB'],
])('%d bytes: %s', (bytes, text) => {
  expect(bytesText(bytes)).toBe(text);
});

test.each([
  [0, '0s'],
  [-5, '0s'],
  [59.9, '59s'],
  [60, '1m00s'],
  [3605, '1h00m'],
  [90061, '1d01h'],
])('%d seconds: %s', (seconds, text) => {
  expect(ageText(seconds)).toBe(text);
});

test('a table', () => {
  expect(
    tableText([
      ['NAME', 'ID'],
      ['a-long-name', '1'],
      ['b', ''],
    ]),
  ).toBe('NAME         ID\na-long-name  1\nb');
});
