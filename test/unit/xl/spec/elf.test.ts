import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../../../src/errors.js';
import { inspectKernel } from '../../../../src/xl/spec/elf.js';
import { elfFile, note } from './elf-file.js';

const pvNotes = [note(6, 'lwd\0'), note(5, 'xen-3.0\0'), note(8, 'generic\0'), note(1, Buffer.alloc(8))];
const pvh = note(18, Buffer.alloc(4));

describe('an image', () => {
  test('of lwd, for PV', () => {
    const facts = inspectKernel(elfFile({ notes: pvNotes }), 'x');
    expect(facts).toEqual({ types: ['pv'], guestOs: 'lwd', hasSymbols: false });
  });

  test('with both ways in', () => {
    expect(inspectKernel(elfFile({ notes: [...pvNotes, pvh] }), 'x').types).toEqual(['pv', 'pvh']);
  });

  test('for PVH alone', () => {
    expect(inspectKernel(elfFile({ notes: [pvh] }), 'x')).toMatchObject({ types: ['pvh'], guestOs: undefined });
  });

  test('with symbols', () => {
    expect(inspectKernel(elfFile({ notes: pvNotes, symbols: true }), 'x').hasSymbols).toBe(true);
  });

  test('with notes of others among ours', () => {
    const others = note(1, 'build id', 'GNU');
    expect(inspectKernel(elfFile({ notes: [others, ...pvNotes, others] }), 'x').types).toEqual(['pv']);
  });
});

describe('refused is', () => {
  const whole = elfFile({ notes: pvNotes });
  test.each([
    ['an empty file', new Uint8Array(), /no ELF file/],
    ['a script', Buffer.from('#!/bin/sh\n'), /no ELF file/],
    ['a header cut off', whole.subarray(0, 40), /cut off/],
    ['a file cut off', whole.subarray(0, whole.length - 8), /cut off/],
    ['a table cut off', whole.subarray(0, 70), /cut off/],
    ['a 32-bit file', patched(whole, 4, 1), /64-bit/],
    ['a big-endian file', patched(whole, 5, 2), /little-endian/],
    ['a file for another processor', patched(whole, 18, 183), /another processor/],
    ['an object file', patched(whole, 16, 1), /object/],
    ['a program for Linux', elfFile({ notes: [] }), /no Xen guest/],
    [
      'notes that run over their end',
      elfFile({ notes: [Buffer.from(pvNotes.at(-1)?.subarray(0, 14) ?? [])] }),
      /no Xen guest/,
    ],
  ])('%s', (_, bytes, message) => {
    expect(() => inspectKernel(bytes, 'the-file')).toThrow(message);
    expect(() => inspectKernel(bytes, 'the-file')).toThrow(UserError);
    expect(() => inspectKernel(bytes, 'the-file')).toThrow(/the-file/);
  });
});

test('whatever the bytes, the answer is facts or a UserError', () => {
  const whole = Buffer.from(elfFile({ notes: [...pvNotes, pvh], symbols: true }));
  const damage = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(damage, fc.nat(whole.length), (changes, cut) => {
      const bytes = Buffer.from(whole);
      for (const [at, value] of changes) bytes[at] = value;
      for (const candidate of [bytes, bytes.subarray(0, cut)]) {
        try {
          inspectKernel(candidate, 'x');
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
        }
      }
    }),
    { numRuns: 3000 },
  );
});

function patched(bytes: Uint8Array, at: number, value: number): Uint8Array {
  const copy = Buffer.from(bytes);
  copy[at] = value;
  return copy;
}
