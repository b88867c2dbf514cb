/** Output of several domains in one stream. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lineSink } from '../../../src/run/output-sink.js';
import type { Destination } from '../../../src/sys/destination.js';

function collector() {
  const pieces: string[] = [];
  const out: Destination = {
    write: (chunk: Uint8Array) => void pieces.push(Buffer.from(chunk).toString('latin1')),
    end: async () => {},
  };
  return { pieces, out: { stdout: out, stderr: out } };
}

const text = fc.string({ unit: fc.constantFrom('a', 'b', '\n', '\r', '\0', '\xff') });

test('nothing is lost, nothing is added but an end of line at the end, and each piece is whole lines', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(text), async (chunks) => {
      const { pieces, out } = collector();
      const sink = lineSink(out);
      for (const chunk of chunks) sink.stdout(Buffer.from(chunk, 'latin1'));
      await sink.end();
      const all = chunks.join('');
      expect(pieces.join('')).toBe(all === '' || all.endsWith('\n') ? all : `${all}\n`);
      for (const piece of pieces) expect(piece.endsWith('\n')).toBe(true);
    }),
  );
});

test('each line has its label, and what the streams of a domain write is not mixed within one', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.boolean(), text)), async (chunks) => {
      const { pieces, out } = collector();
      const sink = lineSink(out, 'cg-1: ');
      for (const [isError, chunk] of chunks) sink[isError ? 'stderr' : 'stdout'](Buffer.from(chunk, 'latin1'));
      await sink.end();
      const shown = pieces.join('').split('\n').slice(0, -1);
      const written = [true, false].flatMap((wanted) => {
        const all = chunks.map(([isError, chunk]) => (isError === wanted ? chunk : '')).join('');
        return all === '' ? [] : all.replace(/\n$/, '').split('\n');
      });
      expect(shown.toSorted()).toEqual(written.map((line) => `cg-1: ${line}`).toSorted());
    }),
  );
});

test('what is held does not change with the memory that it came in', () => {
  const { pieces, out } = collector();
  const sink = lineSink(out);
  const chunk = Buffer.from('half');
  sink.stdout(chunk);
  chunk.fill('x');
  sink.stdout(Buffer.from(' a line\n'));
  expect(pieces).toEqual(['half a line\n']);
});

test('a line without an end does not fill the memory', () => {
  const { pieces, out } = collector();
  const sink = lineSink(out);
  for (let index = 0; index < 40; index += 1) sink.stdout(Buffer.alloc(4096, 'y'));
  expect(pieces.length).toBe(2);
  expect(pieces[0]?.length).toBeLessThan(70_000);
});

test('a slow taker holds the giver back until it has the line', async () => {
  let take = () => {};
  const slow: Destination = {
    write: () => new Promise((resolve) => (take = resolve)),
    end: async () => {},
  };
  const sink = lineSink({ stdout: slow, stderr: slow });
  expect(sink.stdout(Buffer.from('no line yet'))).toBeUndefined();
  const given = sink.stdout(Buffer.from(', now\n'));
  let done = false;
  void given?.then(() => (done = true));
  await new Promise((resolve) => setImmediate(resolve));
  expect(done).toBe(false);
  take();
  await given;
  expect(done).toBe(true);
});
