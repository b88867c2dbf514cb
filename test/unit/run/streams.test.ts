/** Files as the standard streams of domains: real ones. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Output } from '../../../src/report/output.js';
import { type StreamFlags, Streams } from '../../../src/run/streams.js';
import type { DomainWish } from '../../../src/xl/spec.js';
import { bareSettings } from '../../../src/xl/wish.js';

const output = new Output({ json: false, quiet: true, verbose: false });
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lwd-streams-'));
});

afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

function streamsOf(flags: StreamFlags, ...names: string[]): Streams {
  const wishes = names.map(
    (name): DomainWish => ({
      ...{ name, settings: bareSettings.domain, env: {}, args: [name], volumes: [], network: [], disks: [] },
      kernel: { types: ['pv'], guestOs: 'lwd', hasSymbols: false },
    }),
  );
  return new Streams(flags, wishes, output);
}

test('one file under two names is one file', async () => {
  const streams = streamsOf({ output: join(folder, 'out'), error: `${folder}/./%n/../out` }, 'a');
  const { sink } = streams.of(0);
  for (const line of ['first of stdout\n', 'second of stdout\n']) {
    await sink.stdout(Buffer.from(line));
    await sink.stderr(Buffer.from('of stderr\n'));
  }
  expect(await streams.end(0)).toBe(0);
  const lines = 'first of stdout\nof stderr\nsecond of stdout\nof stderr\n';
  expect(readFileSync(join(folder, 'out'), 'utf8')).toBe(lines);
});

test.each([[['a']], [['a', 'b']]])("the console's last line is shown without an end, too: %j", async (names) => {
  const shown: string[] = [];
  vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => shown.push(String(chunk)) > 0);
  const streams = streamsOf({ 'label-io': names.length > 1, output: 'none' }, ...names);
  const { sink } = streams.of(0);
  await sink.console(Buffer.from('lwd: one\nlwd: two'));
  await sink.end();
  const label = names.length > 1 ? 'a: ' : '';
  expect(shown.join('')).toBe(`${label}lwd: one\n${label}lwd: two\n`);
});

test('what cannot be read or written is refused before there is a domain', () => {
  expect(() => streamsOf({ input: folder }, 'a')).toThrow(`--input: ${folder} cannot be opened (EISDIR)`);
  expect(() => streamsOf({ output: folder }, 'a')).toThrow(`--output: ${folder} cannot be opened (EISDIR)`);
  expect(() => streamsOf({ error: join(folder, 'none', '%n') }, 'a')).toThrow(`there is no folder ${folder}/none`);
});
