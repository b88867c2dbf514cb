/** What happens to domains, as the script in dom0 tells it: it runs here for real, with stand-ins for Xen's tools. */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LocalHost } from '../../../../src/host/local.js';
import { watchEvents } from '../../../../src/xl/observed/events.js';

const path = process.env.PATH;
const uuid = '6c776400-0000-8000-8000-000000000001';
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lwd-events-'));
  mkdirSync(join(folder, 'runs'));
  const programs = {
    // Without -v the lines end with the time.
    xl: `cat "$FAKE_DOM0/list" | if [ "$2" = -v ]; then cat; else sed 's/ 6c.*//'; fi`,
    // It tells of one change, at the beginning, and of none after that.
    'xenstore-watch': 'echo $$ >"$FAKE_DOM0/watch"; echo @introduceDomain; exec sleep 1000',
    'xenstore-read': `echo '/local/domain/5/lwd/domain: {"offset":0,"v":1,"image":"i","log":"/l"}'`,
    'xenstore-ls': 'exit 1',
  };
  for (const [name, text] of Object.entries(programs)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  writeFileSync(join(folder, 'runs', uuid), '4194304 1 0 - - /l\n');
  process.env.PATH = `${folder}:${path}`;
  process.env.FAKE_DOM0 = folder;
  process.env.LWD_RUNS = join(folder, 'runs');
});

afterEach(() => {
  process.env.PATH = path;
  delete process.env.LWD_RUNS;
  rmSync(folder, { recursive: true, force: true });
});

/** Xen's own first, as always. */
function there(flags: string): void {
  const row = (name: string, id: number, state: string, own: string) =>
    `${name.padEnd(40)} ${String(id).padStart(5)}    64     1     ${state}       1.5 ${own} -`;
  const dom0 = row('Domain-0', 0, 'r-----', '00000000-0000-0000-0000-000000000000');
  writeFileSync(
    join(folder, 'list'),
    `Name ID Mem VCPUs State Time(s) UUID\n${dom0}\n${row('a-p-b', 5, flags, uuid)}\n`,
  );
}

test('a pause, of which nothing tells, is seen within two seconds, and so is its end; nothing is left running', async () => {
  there('-b----');
  const seen: string[] = [];
  const over = new AbortController();
  const watched = watchEvents(new LocalHost(), over.signal, ({ kind }) => seen.push(kind));
  await expect.poll(() => seen, { timeout: 10_000 }).toEqual(['created']);
  there('--p---');
  await expect.poll(() => seen, { timeout: 10_000 }).toEqual(['created', 'paused']);
  there('r-----');
  await expect.poll(() => seen, { timeout: 10_000 }).toEqual(['created', 'paused', 'unpaused']);
  over.abort();
  expect(await watched).toBe(true);
  const watch = Number(readFileSync(join(folder, 'watch'), 'utf8'));
  const isAlive = () => {
    try {
      return process.kill(watch, 0);
    } catch {
      return false;
    }
  };
  await expect.poll(isAlive, { timeout: 5000 }).toBe(false);
}, 30_000);
