/** Output of several domains in one stream. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lineSink } from '../../../src/run/output-sink.js';

function collector() {
  const pieces: string[] = [];
  let ended = 0;
  const out = {
    console: (chunk: Uint8Array) => void pieces.push(Buffer.from(chunk).toString('latin1')),
    end: () => void ended++,
  };
  return { pieces, out, ends: () => ended };
}

const text = fc.string({ unit: fc.constantFrom('a', 'b', '\n', '\r', '\0', '\xff') });

test('nothing is lost, nothing is added but an end of line at the end, and each piece is whole lines', () => {
  fc.assert(
    fc.property(fc.array(text), (chunks) => {
      const { pieces, out, ends } = collector();
      const sink = lineSink(out);
      for (const chunk of chunks) sink.console(Buffer.from(chunk, 'latin1'));
      sink.end();
      const all = chunks.join('');
      expect(pieces.join('')).toBe(all === '' || all.endsWith('\n') ? all : `${all}\n`);
      for (const piece of pieces) expect(piece.endsWith('\n')).toBe(true);
      expect(ends()).toBe(1);
    }),
  );
});

test('what is held does not change with the memory that it came in', () => {
  const { pieces, out } = collector();
  const sink = lineSink(out);
  const chunk = Buffer.from('half');
  sink.console(chunk);
  chunk.fill('x');
  sink.console(Buffer.from(' a line\n'));
  expect(pieces).toEqual(['half a line\n']);
});

test('a line without an end does not fill the memory', () => {
  const { pieces, out } = collector();
  const sink = lineSink(out);
  for (let index = 0; index < 40; index += 1) sink.console(Buffer.alloc(4096, 'y'));
  expect(pieces.length).toBe(2);
  expect(pieces[0]?.length).toBeLessThan(70_000);
});
