/** docs/exit-codes.md is the table of the source, row by row. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { exitCodes } from '../../../src/exit-codes.js';

test('the documented exit codes are the ones in use', () => {
  const rows = readFileSync(new URL('../../../docs/exit-codes.md', import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => /^\| \d/.test(line));
  const expected = Object.entries(exitCodes).map(([name, { code, meaning }]) => `| ${code} | ${name} | ${meaning} |`);
  expect(rows).toEqual(expected);
});
