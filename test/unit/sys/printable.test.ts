import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { printable, printableLine } from '../../../src/sys/printable.js';

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
