import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../../../src/errors.js';
import {
  commandLineArchive,
  encodeCommandLine,
  fitsCommandLine,
  longestCommandLine,
} from '../../../../src/xl/spec/cmdline.js';
import { decodeCommandLine } from './decoded-line.js';

const word = fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\0', ''));
const spiky = fc.string({ unit: fc.constantFrom('"', '\\', ' ', '\n', '\t', '-', '=', 'n', 't', 'é', '$', '`') });
const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,9}$/);
const text = fc.oneof(word, spiky);

describe('the command line', () => {
  test('is what the kernel documents', () => {
    expect(encodeCommandLine({ A: 'b', LANG: 'de DE' }, ['cg', '/m.rsa', '', 'x "y"'])).toBe(
      'A=b "LANG=de DE" -- cg /m.rsa "" "x \\"y\\""',
    );
  });

  test('arrives as it was given, whatever is in it', () => {
    fc.assert(
      fc.property(fc.dictionary(name, text), fc.array(text), (env, args) => {
        expect(decodeCommandLine(encodeCommandLine(env, args))).toEqual({ env: { ...env }, args });
      }),
    );
  });

  test('holds no raw newline or tab, so it is one line of xl.cfg', () => {
    fc.assert(
      fc.property(fc.array(spiky), (args) => {
        expect(encodeCommandLine({}, args)).not.toMatch(/[\n\t]/);
      }),
    );
  });

  test.each([
    [{}, ['a\0b']],
    [{ A: '\0' }, []],
    [{ 'A B': 'x' }, []],
    [{ '': 'x' }, []],
    [{ '1A': 'x' }, []],
    [{ '--': 'x' }, []],
    [{}, ['\ud800']],
  ])('refuses %j %j', (env, args) => {
    expect(() => encodeCommandLine(env as Record<string, string>, args)).toThrow(UserError);
  });

  test('counts bytes and not characters', () => {
    expect(fitsCommandLine('x'.repeat(longestCommandLine))).toBe(true);
    expect(fitsCommandLine('x'.repeat(longestCommandLine + 1))).toBe(false);
    expect(fitsCommandLine('é'.repeat(600))).toBe(false);
  });

  test('does not fit xl.cfg with control characters', () => {
    expect(fitsCommandLine('-- a \u0007')).toBe(false);
    expect(fitsCommandLine('-- a \r')).toBe(false);
  });
});

describe('the archive for a long command line', () => {
  test('is a newc archive with that one file', () => {
    const line = `-- a ${'long '.repeat(400)}é`;
    const bytes = Buffer.from(commandLineArchive(line));
    const entries = readNewc(bytes);
    expect(entries.map(({ name }) => name)).toEqual(['.lwd/cmdline', 'TRAILER!!!']);
    expect(entries[0]?.content.toString()).toBe(line);
    expect(bytes.length % 4).toBe(0);
  });
});

/** cpio newc, read independently of the writer: the header's 13 fields of 8 hexadecimal digits, names and contents aligned. */
function readNewc(bytes: Buffer): { name: string; content: Buffer }[] {
  const entries: { name: string; content: Buffer }[] = [];
  for (let at = 0; at < bytes.length; ) {
    expect(bytes.toString('latin1', at, at + 6)).toBe('070701');
    const field = (index: number) =>
      Number.parseInt(bytes.toString('latin1', at + 6 + 8 * index, at + 14 + 8 * index), 16);
    const nameEnd = at + 110 + field(11);
    const contentStart = (nameEnd + 3) & ~3;
    entries.push({
      name: bytes.toString('latin1', at + 110, nameEnd - 1),
      content: bytes.subarray(contentStart, contentStart + field(6)),
    });
    at = (contentStart + field(6) + 3) & ~3;
  }
  return entries;
}
