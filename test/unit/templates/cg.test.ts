/**
 * The cg template as a Linux program under ASan and UBSan: real matrices, and files that lie. What it prints in a domain is
 * compared with what it prints here by the e2e tests.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packageRoot } from '../../../src/sys/package-root.js';
import { llvmRelease } from '../../../src/toolchain/target.js';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lwd-cg-'));
  const sources = join(packageRoot(), 'templates/cg/src');
  const files = readdirSync(sources).filter((name) => name.endsWith('.c'));
  const checks = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all', '-Wall', '-Wextra', '-Werror'];
  const flags = ['-O1', '-g', '-ffp-contract=off', ...checks];
  const command = [...flags, ...files.map((name) => join(sources, name)), '-lm', '-o', join(folder, 'cg')];
  execFileSync(`clang-${llvmRelease}`, command, { stdio: 'inherit' });
}, 60_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Run {
  status: number | null;
  out: string;
  err: string;
}

function cg(args: string[], env: Record<string, string> = {}): Run {
  const result = spawnSync(join(folder, 'cg'), args, {
    encoding: 'utf8',
    cwd: folder,
    env: { ...env, ASAN_OPTIONS: 'detect_leaks=1' },
  });
  return { status: result.status, out: result.stdout, err: result.stderr };
}

function cgFile(content: string | Uint8Array): Run {
  writeFileSync(join(folder, 'matrix'), content);
  return cg(['matrix']);
}

/** A 3 × 3 matrix: 4 on the diagonal, -1 beside it. */
const market = `%%MatrixMarket matrix coordinate real symmetric
% a comment

3 3 5
1 1 4
2 1 -1.0
2 2 4e0
3 2 -1
3 3 4
`;

const title = `${'A small matrix'.padEnd(72)}SMALL   `;
const counts = [3, 1, 1, 1, 0].map((count) => String(count).padStart(14)).join('');
const harwell = (type: string, formats: string[], body: string[], sizes = [3, 3, 5, 0]) =>
  [
    title,
    counts,
    type.padEnd(14) + sizes.map((size) => String(size).padStart(14)).join(''),
    formats.map((format, i) => format.padEnd(i < 2 ? 16 : 20)).join(''),
    ...body,
    '',
  ].join('\n');
const plainFormats = ['(4I3)', '(5I3)', '(5E12.4)'];
/** Fields of twelve characters. */
const values = (...fields: string[]) => fields.map((field) => field.padStart(12)).join('');
const pattern = ['  1  3  5  6', '  1  2  2  3  3'];
const plainBody = [...pattern, values('4.0000E+00', '-1.0000E+00', '4.0000E+00', '-1.0000E+00', '4.0000E+00')];

const solved =
  /^matrix {5}matrix: 3 unknowns, 7 entries\niterations \d+\nresidual {3}\S+\nerror {6}\S+\ntime {7}\S+ s\n$/;

describe('what it solves', () => {
  test('the built-in matrix, to the tolerance that is asked for', () => {
    const { status, out } = cg(['laplacian:20'], { CG_TOLERANCE: '1e-6' });
    expect(status).toBe(0);
    expect(Number(/residual +(\S+)/.exec(out)?.[1])).toBeLessThanOrEqual(1e-6);
  });

  test('not in fewer iterations than it takes', () => {
    const { status, out } = cg(['laplacian:20', '3']);
    expect(status).toBe(1);
    expect(out).toContain('iterations 3 (did not converge)');
  });

  test('Matrix Market', () => expect(cgFile(market)).toMatchObject({ status: 0, out: expect.stringMatching(solved) }));
  test('with the line ends of DOS', () => expect(cgFile(market.replaceAll('\n', '\r\n')).status).toBe(0));

  test('Matrix Market, general', () => {
    const entries = ['1 1 4', '1 2 -1', '2 1 -1', '2 2 4', '2 3 -1', '3 2 -1', '3 3 4'];
    const text = `%%MatrixMarket matrix coordinate integer general\n3 3 7\n${entries.join('\n')}\n`;
    expect(cgFile(text)).toMatchObject({ status: 0, out: expect.stringMatching(solved) });
  });

  test.each([
    ['as usual', plainFormats, plainBody],
    [
      'with D exponents',
      ['(4I3)', '(5I3)', '(5D12.4)'],
      [...pattern, values('4D0', '-1D+0', '.4D1', '-10D-1', '4.D+00')],
    ],
    [
      'with a point that is implied',
      ['(4I3)', '(5I3)', '(5F12.2)'],
      [...pattern, values('400', '-100', '400', '-100', '400')],
    ],
    [
      'with an exponent without its letter',
      ['(4I3)', '(5I3)', '(5E12.4)'],
      [...pattern, values('4.0+0', '-10.0-1', '40.0-1', '-1.0+00', '.4+1')],
    ],
    [
      'with a scale factor',
      ['(4I3)', '(5I3)', '(1P,5F12.4)'],
      [...pattern, values('40.', '-10.', '40.', '-10.', '40.')],
    ],
    ['with a scale factor that exponents overrule', ['(4I3)', '(5I3)', '(1P5E12.4E3)'], plainBody],
    [
      'over several lines',
      ['(2I3)', '(3I3)', '(2E12.4)'],
      ['  1  3', '  5  6', '  1  2  2', '  3  3', values('4.', '-1.'), values('4.', '-1.'), values('4.')],
    ],
  ])('Harwell-Boeing, %s', (_, formats, body) => {
    expect(cgFile(harwell('RSA', formats, body))).toMatchObject({
      status: 0,
      out: expect.stringMatching(solved),
      err: '',
    });
  });

  test('the same numbers from either form', () => {
    const withoutTime = (text: string) => text.replace(/time.*/, '');
    expect(withoutTime(cgFile(harwell('RSA', plainFormats, plainBody)).out)).toBe(withoutTime(cgFile(market).out));
  });
});

describe('what it refuses', () => {
  const marketWith = (sizes: string, ...entries: string[]) =>
    `%%MatrixMarket matrix coordinate real symmetric\n${[sizes, ...entries].join('\n')}\n`;

  test.each([
    ['nothing', '', 'line 1: the file ends too early'],
    ['one byte', 'x', 'line 2: the file ends too early'],
    ['bytes', '\0\x01\x02', 'not a text file'],
    ['an endless line', 'x'.repeat(5000), 'longer than 1024'],
    ['another form', '%%MatrixMarket matrix array real general\n', 'only "matrix coordinate"'],
    ['complex values', market.replace('real', 'complex'), 'only real and integer'],
    ['skew symmetry', market.replace('symmetric', 'skew-symmetric'), 'only symmetric and general'],
    ['a banner alone', '%%MatrixMarket \n', 'only "matrix coordinate"'],
    ['no sizes', '%%MatrixMarket matrix coordinate real symmetric\n%\n', 'ends too early'],
    ['a rectangle', marketWith('3 4 1', '1 1 1'), 'not square: 3 rows, 4 columns'],
    ['no rows', marketWith('0 0 0'), 'should have the numbers'],
    ['negative sizes', marketWith('-3 -3 5'), 'should have the numbers'],
    ['sizes beyond all numbers', marketWith('99999999999999999999 99999999999999999999 1'), 'should have the numbers'],
    [
      'billions of rows and one entry',
      marketWith('4000000000 4000000000 1', '1 1 1'),
      '4000000000 rows and only 1 entries',
    ],
    ['more entries announced than there are', marketWith('3 3 1000000000', '1 1 1'), 'ends too early'],
    ['fewer announced', market.replace('3 3 5', '3 3 4'), 'more than the header announces'],
    ['a row of 0', market.replace('1 1 4', '0 1 4'), 'not within 1 to 3'],
    ['a row too far', market.replace('3 3 4', '4 3 4'), 'not within 1 to 3'],
    ['the upper triangle', market.replace('2 1 -1.0', '1 2 -1.0'), 'above the diagonal'],
    ['no number', market.replace('-1.0', '-1.0x'), '"-1.0x" is no finite number'],
    ['not a number', market.replace('4e0', 'nan'), '"nan" is no finite number'],
    ['infinity', market.replace('4e0', '1e999'), '"1e999" is no finite number'],
    ['a value too many', market.replace('4e0', '4 5'), 'or more follows it'],
    ['an entry twice', market.replace('3 2 -1', '2 1 -1'), 'row 1, column 2 is given twice'],
    ['no diagonal', market.replace('2 2 4e0', '3 1 1'), 'row 2 has no positive diagonal'],
    ['a negative diagonal', market.replace('3 3 4', '3 3 -4'), 'row 3 has no positive diagonal'],
    ['an indefinite matrix', marketWith('2 2 3', '1 1 1', '2 1 5', '2 2 2'), 'not positive definite'],
    ['a complex matrix', harwell('CSA', plainFormats, plainBody), 'only types RSA and RUA'],
    ['an elemental one', harwell('RSE', plainFormats, plainBody), 'only types RSA and RUA'],
    ['one that is not symmetric', harwell('RUA', plainFormats, plainBody), 'not symmetric'],
    ['a Harwell-Boeing rectangle', harwell('RSA', plainFormats, plainBody, [3, 4, 5, 0]), 'not square'],
    ['sizes that are none', harwell('RSA', plainFormats, plainBody, [3, 3, -5, 0]), 'no whole number'],
    [
      'a pointer that goes back',
      harwell('RSA', plainFormats, ['  1  5  3  6', ...plainBody.slice(1)]),
      '"3" is no whole number from 5',
    ],
    [
      'a pointer beyond',
      harwell('RSA', plainFormats, ['  1  3  5999', ...plainBody.slice(1)]),
      '"999" is no whole number',
    ],
    [
      'pointers that stop short',
      harwell('RSA', plainFormats, ['  1  3  5  5', ...plainBody.slice(1)]),
      'end at 5 instead of 6',
    ],
    [
      'a row beyond',
      harwell('RSA', plainFormats, ['  1  3  5  6', '  1  2  2  3  9', plainBody[2] as string]),
      '"9" is no whole number from 1 to 3',
    ],
    [
      'an empty field',
      harwell('RSA', plainFormats, ['  1  3  5  6', '  1  2     3  3', plainBody[2] as string]),
      'field 3 is empty',
    ],
    ['values cut off', harwell('RSA', plainFormats, pattern), 'too early'],
    ['formats that are none', harwell('RSA', ['(4I3)', '(5I3)', '(5Z12)'], plainBody), 'format "(5Z12)'],
    ['integers for values', harwell('RSA', ['(4I3)', '(5I3)', '(5I12)'], plainBody), 'is not understood'],
    ['a field as wide as a line', harwell('RSA', ['(4I3)', '(5I3)', '(5E9999.1)'], plainBody), 'is not understood'],
    ['no fields', harwell('RSA', ['(0I3)', '(5I3)', '(5E12.4)'], plainBody), 'is not understood'],
  ])('%s', (_, content, message) => {
    const { status, out, err } = cgFile(content);
    expect(err).toContain(message);
    expect([status, out === '' || out.startsWith('matrix ')]).toEqual([2, true]);
  });

  test.each([
    [['nothing.mtx'], 'No such file'],
    [['.'], 'cannot be read'],
    [['laplacian:'], 'from 1 to 20000'],
    [['laplacian:99999999999999999999'], 'from 1 to 20000'],
    [['laplacian:5', 'many'], 'usage'],
    [['laplacian:5', '1', '2'], 'usage'],
  ])('%j', (args, message) => {
    expect(cg(args)).toMatchObject({ status: 2, err: expect.stringContaining(message) });
  });

  test.each(['0', '-1', 'x', '1e-3x', 'nan', '2'])('a tolerance of %s', (tolerance) => {
    expect(cg([], { CG_TOLERANCE: tolerance })).toMatchObject({
      status: 2,
      err: expect.stringContaining('CG_TOLERANCE'),
    });
  });
});

test('damaged files end in an answer or a message, never in a crash', () => {
  const originals = [market, harwell('RSA', plainFormats, plainBody)].map((text) => new TextEncoder().encode(text));
  const damage = fc.record({
    original: fc.constantFrom(...originals),
    at: fc.nat(),
    kind: fc.constantFrom('replace', 'remove', 'insert', 'cut'),
    bytes: fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 4 }),
      fc.constantFrom('9', '-', '\n', ' ', '.', 'E', '(', '99999999999').map((text) => new TextEncoder().encode(text)),
    ),
  });
  fc.assert(
    fc.property(damage, ({ original, at, kind, bytes }) => {
      const place = at % original.length;
      const rest = original.subarray(kind === 'insert' ? place : place + bytes.length);
      const parts = [
        original.subarray(0, place),
        ...(kind === 'remove' || kind === 'cut' ? [] : [bytes]),
        ...(kind === 'cut' ? [] : [rest]),
      ];
      const { status, err } = cgFile(Buffer.concat(parts));
      expect([0, 1, 2], err).toContain(status);
      expect(err).not.toContain('Sanitizer');
    }),
    { numRuns: 100 },
  );
}, 60_000);
