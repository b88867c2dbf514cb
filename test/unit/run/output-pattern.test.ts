/** File names with %-signs, and what of a guest's bytes reaches a terminal. */
import { expect, test } from 'vitest';
import { TerminalText } from '../../../src/report/terminal-text.js';
import { expandPattern } from '../../../src/run/output-pattern.js';

const values = { job: '4711', rank: 3, restart: 2, name: 'cg-3', machine: 'node7' };

test.each([
  ['out', 'out'],
  ['%j.%t', '4711.3'],
  ['%n@%N.100%%', 'cg-3@node7.100%'],
  ['%4t-%6j', '0003-004711'],
  ['%9n', 'cg-3'],
  ['%t-r%2r', '3-r02'],
])('%s is %s', (pattern, file) => {
  expect(expandPattern('--output', pattern, values)).toBe(file);
});

test.each(['%x', 'out%', '%5'])('%s stands for nothing', (pattern) => {
  expect(() => expandPattern('--output', pattern, values)).toThrow('stands for nothing');
});

function shown(...pieces: (string | number[])[]): string {
  const text = new TerminalText();
  return pieces.map((piece) => Buffer.from(text.push(Buffer.from(piece as string))).toString()).join('');
}

test('text passes, in whatever pieces it comes', () => {
  expect(shown('a\tline\r\n', 'ünï€\u{1f600}\n')).toBe('a\tline\nünï€\u{1f600}\n');
  expect(shown([0xe2], [0x82], [0xac])).toBe('€');
  expect(shown('one\r', '\ntwo')).toBe('one\ntwo');
});

test('what a terminal would act on is shown and not done', () => {
  expect(shown('\u001b[2J\u0007\u009b31m')).toBe('\\x1b[2J\\x07\\x9b31m');
  expect(shown('over\rwritten')).toBe('over\\x0dwritten');
  expect(shown('\u202egnp.exe')).toBe('\\u{202e}gnp.exe');
});
