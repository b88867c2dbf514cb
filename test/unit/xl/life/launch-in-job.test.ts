/** A domain on this machine in a batch job that is being ended: every process of the job gets SIGTERM, and lwd decides. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { LocalHost } from '../../../../src/host/local.js';
import { shieldFromSignals } from '../../../../src/sys/exec.js';
import { type LaunchRequest, launch } from '../../../../src/xl/life/launch.js';
import { launchRequest, processChannelPath } from './launch-request.js';

const fixtures = join(dirname(fileURLToPath(import.meta.url)), '../../../fixtures/dom0');
const path = process.env.PATH;
let folder: string;
let shown: string;
let processChannel: string;

beforeAll(async () => {
  processChannel = await processChannelPath();
}, 60_000);

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lwd-job-'));
  shown = '';
  process.env.PATH = `${fixtures}:${path}`;
  process.env.FAKE_DOM0 = folder;
  process.env.LWD_RUNS = join(folder, 'runs');
  for (const name of ['kernel', 'going']) writeFileSync(join(folder, name), '');
  // It says who it is, and that it has begun; it ends, with a last word, when a file is gone.
  const lines = [
    'echo $$ >"$FAKE_DOM0/pid"; ps -o pgid= -p $$ >"$FAKE_DOM0/group"',
    'echo "Waiting for domain t (domid 7) to die [pid $$]" >&2',
    'while [ -e "$FAKE_DOM0/going" ]; do sleep 0.02; done',
    'echo "last words" >>"$FAKE_DOM0/guest-t.log"; echo "Domain 7 has shut down, reason code 0 0x0" >&2',
  ];
  writeFileSync(join(folder, 'create'), `${lines.join('\n')}\n`);
  await shieldFromSignals();
});

afterEach(() => {
  process.env.PATH = path;
  delete process.env.LWD_RUNS;
  rmSync(folder, { recursive: true, force: true });
});

function request(changes: Partial<LaunchRequest>): LaunchRequest {
  return launchRequest(folder, processChannel, {
    onConsole: (chunk) => {
      shown += Buffer.from(chunk).toString();
    },
    ...changes,
  });
}

const numberIn = (name: string) => Number(readFileSync(join(folder, name), 'utf8'));

test.each([undefined, 30])('it ends as it would have, to its last word; lease %s', async (lease) => {
  let began = () => {};
  const started = new Promise<void>((resolve) => {
    began = resolve;
  });
  const done = launch(new LocalHost(), request({ lease, onStarted: () => began() }));
  await started;
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGTERM'] as const) process.kill(-numberIn('group'), signal);
  rmSync(join(folder, 'going'));
  expect(await done).toMatchObject({ kind: 'finished', id: 7, destroyed: 0 });
  expect(shown).toBe('last words\n');
  await expect.poll(() => existsSync(join(folder, 'guest-t.log.end'))).toBe(false);
});

test('a domain that is left to itself has no xl that waits for it', async () => {
  expect(await launch(new LocalHost(), request({ mode: 'detach' }))).toMatchObject({ kind: 'detached' });
  await expect.poll(() => existsSync(`/proc/${numberIn('pid')}/cwd`)).toBe(false);
});
