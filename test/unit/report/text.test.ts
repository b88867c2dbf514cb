import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ageText, bytesText, printable, printableLine, tableText } from '../../../src/report/text.js';

describe('foreign text', () => {
  test.each([
    ['plain ü 漢\n\ttext', 'plain ü 漢\n\ttext'],
    ['\u001b[31mred', '\\x1b[31mred'],
    ['a\rb\u0007', 'a\\x0db\\x07'],
    ['\u009b2J', '\\x9b2J'],
    ['evil\u202etxt.exe', 'evil\\u{202e}txt.exe'],
    ['\0', '\\x00'],
  ])('%j becomes %j', (text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  test('never holds what a terminal acts on', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        for (const character of printable(text)) {
          const code = character.codePointAt(0) ?? 0;
          expect(code >= 0x20 || character === '\n' || character === '\t').toBe(true);
          expect(code >= 0x7f && code < 0xa0).toBe(false);
        }
      }),
    );
  });

  test('has a limit', () => {
    expect(printable('x'.repeat(5000))).toBe(`${'x'.repeat(4096)}…`);
    expect(printable('x'.repeat(10), 4)).toBe('xxxx…');
  });

  test('on one line', () => {
    expect(printableLine('a\n\tb\nc')).toBe('a b c');
  });
});

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
