/** Files as the standard streams of domains: real ones. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { BatchRecord } from '../../../src/batch/job-name.js';
import { Output } from '../../../src/report/output.js';
import { type StreamFlags, Streams } from '../../../src/run/streams.js';
import type { DomainWish } from '../../../src/xl/spec/spec.js';
import { bareSettings } from '../../../src/xl/spec/wish.js';

const output = new Output({ json: false, quiet: true, verbose: false });
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lwd-streams-'));
});

afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

function wish(name: string, batch?: BatchRecord): DomainWish {
  return {
    ...{ name, settings: bareSettings.domain, env: {}, args: [name], volumes: [], network: [], disks: [] },
    ...(batch === undefined ? {} : { batch }),
    kernel: { types: ['pv'], guestOs: 'lwd', hasSymbols: false },
  };
}

function streamsOf(flags: StreamFlags, ...names: string[]): Streams {
  return new Streams(
    flags,
    names.map((name) => wish(name)),
    output,
  );
}

test('what an earlier run of the job has written stays', async () => {
  const batch = { system: 'slurm' as const, job: '4', step: '0', rank: 0 };
  for (const restart of [0, 1, 2]) {
    const streams = new Streams(
      { output: join(folder, 'all'), error: join(folder, 'of-%r') },
      [wish('a', { ...batch, restart })],
      output,
    );
    await streams.of(0).sink.stdout(Buffer.from(`run ${restart}\n`));
    await streams.of(0).sink.stderr(Buffer.from(`run ${restart}\n`));
    expect(await streams.end(0)).toBe(0);
  }
  expect(readFileSync(join(folder, 'all'), 'utf8')).toBe('run 0\nrun 1\nrun 2\n');
  for (const restart of [0, 1, 2]) expect(readFileSync(join(folder, `of-${restart}`), 'utf8')).toBe(`run ${restart}\n`);
});

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
