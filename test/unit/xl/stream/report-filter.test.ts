import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ReportFilter } from '../../../../src/xl/stream/report-filter.js';

const report = 'lwd: crash: page fault\nlwd: at 0x1\nlwd: end of report\n';

function filter(chunks: readonly string[]): { passed: string; held: string; parts: string[] } {
  const parts: string[] = [];
  const it = new ReportFilter((chunk) => parts.push(Buffer.from(chunk).toString('latin1')));
  for (const chunk of chunks) it.push(Buffer.from(chunk, 'latin1'));
  return { parts, passed: parts.join(''), held: Buffer.from(it.end()).toString('latin1') };
}

/** Cuts a text at the given places. */
function cut(text: string, places: readonly number[]): string[] {
  const at = [...new Set(places.map((place) => place % (text.length + 1)))].sort((a, b) => a - b);
  return [0, ...at].map((start, index) => text.slice(start, at[index]));
}

describe('a crash report', () => {
  test('is held, what came before is not', () => {
    expect(filter([`hello\n${report}`])).toMatchObject({ passed: 'hello\n', held: report });
  });

  test('may be all there is', () => {
    expect(filter([report])).toMatchObject({ passed: '', held: report });
  });

  test('is found however it is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(200)), (places) => {
        expect(filter(cut(`some output\n${report}`, places))).toMatchObject({ passed: 'some output\n', held: report });
      }),
    );
  });

  test('begins a line or is none', () => {
    expect(filter([`he said lwd: crash: x\n`])).toMatchObject({ passed: 'he said lwd: crash: x\n', held: '' });
  });
});

describe('everything else', () => {
  test('passes at once', () => {
    expect(filter(['tick', ' tock', '\n', 'prompt> ']).parts).toEqual(['tick', ' tock', '\n', 'prompt> ']);
  });

  test('is all there, in order, whatever it is', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('\n', 'lwd: ', 'lwd: crash: ', 'lwd: crash', '\nlwd: crash: x', 'l'),
    );
    fc.assert(
      fc.property(fc.array(piece), (chunks) => {
        const { passed, held } = filter(chunks.map((chunk) => Buffer.from(chunk).toString('latin1')));
        expect(passed + held).toBe(Buffer.from(chunks.join('')).toString('latin1'));
        if (held !== '') expect(held.startsWith('lwd: crash: ') || 'lwd: crash: '.startsWith(held)).toBe(true);
      }),
    );
  });

  test('comes late at the most, if an application writes such a line and goes on', () => {
    const line = 'lwd: crash: not really\n';
    const rest = 'x'.repeat(100 * 1024);
    const { passed, held } = filter([line, rest, 'end']);
    expect(passed).toBe([line, rest, 'end'].join(''));
    expect(held).toBe('');
  });
});
