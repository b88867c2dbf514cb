/** The small pure parts of xl/: text of xenstore, events, records, units, CPU lists. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../../src/errors.js';
import { parseSignal, signalName } from '../../../src/xl/change/signal.js';
import { newUuid, parseRecord, recordText, uuidPrefix } from '../../../src/xl/facts/domain-record.js';
import { parseRunEvent, type RunEvent, RunEventReader } from '../../../src/xl/facts/run-events.js';
import { decodeValue, encodeValue, parseStoreListing } from '../../../src/xl/facts/store-text.js';
import { parseDuration, parseSize } from '../../../src/xl/facts/units.js';
import { agrees, expandCpus, mayBeAll, unknownCpus } from '../../../src/xl/place/placement.js';

describe("xenstore's text", () => {
  test('a listing', () => {
    const text =
      '/local/domain/1/data = ""\n/local/domain/1/data/lwd/exit = "v1 code=0"\nsomething else\n/x = "a "q" \\x41\\n\\\\ \\xc3\\xbc"\n';
    expect([...parseStoreListing(text)]).toEqual([
      ['/local/domain/1/data', ''],
      ['/local/domain/1/data/lwd/exit', 'v1 code=0'],
      ['/x', 'a "q" A\n\\ ü'],
    ]);
  });

  test('bytes that are no text become marks', () => {
    expect(decodeValue('\\xff\\xfe')).toBe('\ufffd\ufffd');
  });

  test('has a limit', () => {
    expect(decodeValue('x'.repeat(100_000)).length).toBe(4096);
  });

  test('what the tools print is read as it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(decodeValue(asPrinted(text))).toBe(text);
      }),
    );
  });

  test('a value is escaped for xenstore-write, which undoes it', () => {
    expect(encodeValue('a\\b "c"')).toBe('a\\\\b "c"');
  });
});

/** As xenstore-ls and xenstore-read print a value. */
function asPrinted(value: string): string {
  const names: Record<string, string> = { '\n': '\\n', '\t': '\\t', '\r': '\\r', '\\': '\\\\' };
  return [...Buffer.from(value)]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return names[character] ?? (byte < 0x20 || byte > 0x7e ? `\\x${byte.toString(16).padStart(2, '0')}` : character);
    })
    .join('');
}

describe("the run script's events", () => {
  test.each([
    ['lwd1 missing /a b', { kind: 'missing', file: '/a b' }],
    ['lwd1 started 12', { kind: 'started', id: 12 }],
    ['lwd1 started x', { kind: 'line', text: 'lwd1 started x' }],
    ['lwd1 failed 3', { kind: 'failed', status: 3 }],
    ['lwd1 failed', { kind: 'failed', status: -1 }],
    ['lwd1 ended 0', { kind: 'ended', reason: 0 }],
    ['lwd1 ended gone', { kind: 'ended', reason: 'gone' }],
    ['lwd1 ended lost', { kind: 'ended', reason: 'lost' }],
    ['lwd1 ended nonsense', { kind: 'ended', reason: 'lost' }],
    ['lwd1 store', { kind: 'store' }],
    ['lwd1 xl libxl: error', { kind: 'xl', text: 'libxl: error' }],
    ['lwd1 unknown', { kind: 'line', text: 'lwd1 unknown' }],
    ['/local/domain/1 = "lwd1 ended 0"', { kind: 'line', text: '/local/domain/1 = "lwd1 ended 0"' }],
    ['', { kind: 'line', text: '' }],
  ])('%j', (line, event) => {
    expect(parseRunEvent(line)).toEqual(event);
  });

  test('arrive whole however their bytes are cut', () => {
    const text = 'lwd1 started 7\nlwd1 xl é\nlwd1 ended 3\n';
    fc.assert(
      fc.property(fc.array(fc.nat(50)), (places) => {
        const events: RunEvent[] = [];
        const reader = new RunEventReader((event) => events.push(event));
        const bytes = Buffer.from(text);
        let from = 0;
        for (const place of places.map((p) => p % bytes.length).sort((a, b) => a - b)) {
          reader.push(bytes.subarray(from, place));
          from = place;
        }
        reader.push(bytes.subarray(from));
        expect(events).toEqual([
          { kind: 'started', id: 7 },
          { kind: 'xl', text: 'é' },
          { kind: 'ended', reason: 3 },
        ]);
      }),
    );
  });

  test('a line without end does not fill the memory', () => {
    const events: RunEvent[] = [];
    const reader = new RunEventReader((event) => events.push(event));
    for (let piece = 0; piece < 100; piece++) reader.push(Buffer.alloc(64 * 1024, 'x'));
    reader.push(Buffer.from('\nlwd1 store\n'));
    expect(events.length).toBe(2);
    expect(events[0]?.kind === 'line' && events[0].text.length).toBeLessThanOrEqual(65 * 1024);
    expect(events[1]).toEqual({ kind: 'store' });
  });
});

describe("a domain's record", () => {
  const record = { image: 'ab', symbols: '/x y/ü\\"', owner: 'me@here:1', log: '/l', started: 5 };

  test('is read as it was written', () => {
    expect(parseRecord(decodeValue(recordText(record)))).toEqual(record);
  });

  test('goes without a path that would not fit a node', () => {
    const text = recordText({ ...record, symbols: `/${'x'.repeat(5000)}` });
    expect(text.length).toBeLessThan(2048);
    expect(parseRecord(decodeValue(text))).toEqual({ ...record, symbols: undefined });
  });

  test.each([undefined, '', '{', 'null', '[]', '{"v":2,"image":"a","log":"b"}', '{"v":1,"image":1,"log":"b"}'])(
    '%j is none',
    (text) => {
      expect(parseRecord(text)).toBeUndefined();
    },
  );

  test('UUIDs are proper ones and differ', () => {
    const uuids = Array.from({ length: 100 }, newUuid);
    expect(new Set(uuids).size).toBe(100);
    for (const uuid of uuids)
      expect(uuid).toMatch(/^6c776400-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(uuidPrefix).toBe('6c776400-');
  });
});

describe('units', () => {
  test.each([
    ['90', 90_000],
    ['90s', 90_000],
    ['1.5m', 90_000],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
    ['0.01', 10],
  ])('%s', (text, milliseconds) => {
    expect(parseDuration('--timeout', text)).toBe(milliseconds);
  });

  test.each(['', '0', '-1', '1 s', '1w', 's', '1e3', '25d', '999999999h', '1.2345'])('no duration: %j', (text) => {
    expect(() => parseDuration('--timeout', text)).toThrow(UserError);
  });

  test.each([
    ['64M', 2 ** 26],
    ['64MiB', 2 ** 26],
    ['2G', 2 ** 31],
    ['1T', 2 ** 40],
  ])('%s', (text, bytes) => {
    expect(parseSize('--memory', text)).toBe(bytes);
  });

  test.each(['', '64', '0M', '064M', '1.5G', '-1M', '1K', '64 M'])('no size: %j', (text) => {
    expect(() => parseSize('--memory', text)).toThrow(UserError);
  });
});

describe('lists of CPUs', () => {
  test.each([
    ['2', [2]],
    ['0-3', [0, 1, 2, 3]],
    ['0-3,^1', [0, 2, 3]],
    ['5,7-8', [5, 7, 8]],
  ])('%s', (list, cpus) => {
    expect([...(expandCpus(list) as Set<number>)]).toEqual(cpus);
  });

  test.each([
    ['0-3,^1', '0,2-3', true],
    ['all', 'all', true],
    ['0-1', '0-1', true],
    ['1', 'all', false],
    ['all', '0', false],
    ['0,7', '0', false],
    ['node:1', '4-7', true],
  ])('%s wanted, %s given: %s', (wanted, given, same) => {
    expect(agrees(wanted, given)).toBe(same);
  });
});

describe('signals', () => {
  test.each([
    ['USR1', 'SIGUSR1'],
    ['sigusr1', 'SIGUSR1'],
    ['10', 'SIGUSR1'],
    ['1', 'SIGHUP'],
    ['Term', 'SIGTERM'],
  ])('%s is %s', (text, name) => {
    expect(parseSignal('--signal', text)).toBe(name);
  });

  test.each(['KILL', '9', 'STOP', 'QUIT'])('%s is one that reaches no domain', (text) => {
    expect(() => parseSignal('--signal', text)).toThrow(/SIG\w+ reaches no domain/);
  });

  test('no other text is one', () => {
    for (const text of ['', 'SIG', '0', '99', '-1', 'toString', '1 2']) expect(signalName(text)).toBeUndefined();
    expect(() => parseSignal('--signal', '9; x')).toThrow(UserError);
  });
});

test('a list of all CPUs that the host has is "all" to xl, and one of others is not', () => {
  expect(agrees('0-1', 'all', 2)).toBe(true);
  expect(agrees('all', '0-1', 2)).toBe(true);
  expect(agrees('0-1', 'all', 4)).toBe(false);
  expect(agrees('0-1', 'all')).toBe(false);
  expect(agrees('0-3', 'all', 2)).toBe(false);
  expect([mayBeAll('0-1', 'all'), mayBeAll('all', '0'), mayBeAll('all', 'all'), mayBeAll('0', '1')]).toEqual([
    ...[true, true, false, false],
  ]);
});

test('CPUs that a host has not', () => {
  expect(unknownCpus('0-4,^3', [0, 1])).toEqual([2, 4]);
  expect(unknownCpus('1', [0, 1])).toEqual([]);
  for (const list of ['all', 'auto', 'node:7', '']) expect(unknownCpus(list, [0, 1])).toEqual([]);
});
