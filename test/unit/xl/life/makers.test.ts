/** Domains that are only being made when their job is over: dom0's scripts run here for real, with stand-ins for Xen's tools. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { BatchRecord } from '../../../../src/batch/job-name.js';
import { LocalHost } from '../../../../src/host/local.js';
import { launch } from '../../../../src/xl/life/launch.js';
import { endMakers } from '../../../../src/xl/life/makers.js';
import { reconcile } from '../../../../src/xl/observed/reconcile.js';
import { launchRequest, processChannelPath } from './launch-request.js';

const fixtures = join(dirname(fileURLToPath(import.meta.url)), '../../../fixtures/dom0');
const path = process.env.PATH;
const batch: BatchRecord = { system: 'slurm', job: '7', step: 'batch', rank: 0, restart: 0 };
const host = new LocalHost();
/** Of no other test's: whatever has it in its command line is ended. */
const uuid = '6c776400-0000-8000-8000-00000000aded';
let folder: string;
let processChannel: string;

beforeAll(async () => {
  processChannel = await processChannelPath();
}, 60_000);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lwd-makers-'));
  process.env.PATH = `${fixtures}:${path}`;
  process.env.FAKE_DOM0 = folder;
  process.env.LWD_RUNS = join(folder, 'runs');
  writeFileSync(join(folder, 'kernel'), '');
});

afterEach(() => {
  writeFileSync(join(folder, 'go'), '');
  process.env.PATH = path;
  delete process.env.LWD_RUNS;
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
});

/** One that nobody has waited for yet is dead, and has no command line. */
function isAlive(process: number): boolean {
  try {
    return readFileSync(`/proc/${process}/cmdline`, 'utf8') !== '';
  } catch {
    return false;
  }
}

/** A domain of the job whose xl hangs, before there is anything to be seen. */
async function making(mode: 'attach' | 'detach'): Promise<{ xl: number; ended: Promise<unknown> }> {
  const ended = hanging(mode);
  await expect.poll(() => existsSync(join(folder, 'xl')), { timeout: 10_000 }).toBe(true);
  return { xl: xlNow(), ended };
}

const xlNow = () => Number(readFileSync(join(folder, 'xl'), 'utf8'));

function hanging(mode: 'attach' | 'detach'): Promise<unknown> {
  const lines = [
    'echo $$ >"$FAKE_DOM0/xl.now"; mv "$FAKE_DOM0/xl.now" "$FAKE_DOM0/xl"',
    'while [ ! -e "$FAKE_DOM0/go" ]; do sleep 0.02; done',
    'echo made >"$FAKE_DOM0/made"; echo "Waiting for domain t (domid 7) to die [pid $$]" >&2',
  ];
  writeFileSync(join(folder, 'create'), `${lines.join('\n')}\n`);
  const request = launchRequest(folder, processChannel, { mode, uuid, batch, config: `uuid="${uuid}"\n` });
  return launch(host, request).catch((error: unknown) => error);
}

test.each(['attach', 'detach'] as const)('%s: nothing comes of it, and nothing is left', async (mode) => {
  const { xl, ended } = await making(mode);
  await endMakers(host, ({ job }) => job === '8');
  expect(isAlive(xl)).toBe(true);
  await endMakers(host, ({ job }) => job === '7');
  expect(isAlive(xl)).toBe(false);
  await ended;
  await reconcile(host, 60);
  expect(readdirSync(join(folder, 'runs'))).toEqual([]);
  writeFileSync(join(folder, 'go'), '');
  expect(existsSync(join(folder, 'made'))).toBe(false);
});

/** What becomes of a domain of that run of the job, which begins now. */
async function begun(restart: number, job: Partial<BatchRecord> = {}): Promise<string> {
  writeFileSync(join(folder, 'create'), 'echo "Waiting for domain t (domid 7) to die [pid $$]" >&2; sleep 0.1\n');
  const own = { mode: 'detach', uuid, batch: { ...batch, ...job, restart }, config: `uuid="${uuid}"\n` } as const;
  const result = await launch(host, launchRequest(folder, processChannel, own));
  const left = readdirSync(join(folder, 'runs'));
  rmSync(join(folder, 'runs'), { recursive: true });
  if (result.kind !== 'failed') return result.kind;
  expect(left).toEqual([]);
  return result.said.join();
}

const nobody = () => false;
const over = (restart: number, name = '7') => endMakers(host, nobody, { name, restart });

test('what begins when its run of the job is over is refused; the next run of it is not', async () => {
  expect(await begun(0)).toBe('detached');
  await over(1);
  expect([await begun(0), await begun(1), await begun(2)]).toEqual(['the job is over', 'the job is over', 'detached']);
  expect(await begun(0, { job: '70' })).toBe('detached');
  // By each name that the end may be told of.
  await over(0, '8');
  await over(0, '3_7');
  const other = { job: '9' };
  expect(await begun(0, { ...other, component: '8' })).toBe('the job is over');
  expect(await begun(0, { ...other, array: '3_7' })).toBe('the job is over');
  expect(await begun(0, { ...other, array: '3_8' })).toBe('detached');
  // The prolog of a first run, after the batch system began to number anew; that of the second speaks of the first.
  await over(-1);
  expect(await begun(0)).toBe('detached');
  await over(0);
  expect([await begun(0), await begun(1)]).toEqual(['the job is over', 'detached']);
});

test('what was over long ago is forgotten', async () => {
  await over(0);
  const [name] = readdirSync(join(folder, 'over'));
  const mark = join(folder, 'over', name ?? '');
  const [, at] = readFileSync(mark, 'utf8').split(' ');
  writeFileSync(mark, `0 ${Number(at) - 700}\n`);
  expect(await begun(0)).toBe('detached');
  utimesSync(mark, 1, 1);
  await over(0, '8');
  expect(readdirSync(join(folder, 'over'))).toEqual(['8']);
});

test('the end of a job and the beginning of its domain at the same time: it is refused, or it is found', async () => {
  for (let times = 0; times < 8; times++) {
    rmSync(join(folder, 'xl'), { force: true });
    const ended = hanging('attach');
    await new Promise((resolve) => setTimeout(resolve, times * 6));
    await endMakers(host, ({ job }) => job === '7', { name: '7', restart: 0 });
    // Nothing of it is at work any more, and nothing comes.
    await ended;
    await expect.poll(() => existsSync(join(folder, 'xl')) && isAlive(xlNow())).toBe(false);
    await reconcile(host, 60);
    expect(readdirSync(join(folder, 'runs'))).toEqual([]);
    await over(-1);
  }
  expect(existsSync(join(folder, 'made'))).toBe(false);
}, 60_000);

test('a domain that is whole keeps who stays with it', async () => {
  const { xl, ended } = await making('attach');
  writeFileSync(join(folder, 'list'), `echo 't 7 8 1 -b---- 0.1 ${uuid} - -'`);
  writeFileSync(join(folder, 'xenstore-exists'), '/local/domain/7/lwd/domain\n');
  await endMakers(host, () => true);
  expect(isAlive(xl)).toBe(true);
  writeFileSync(join(folder, 'go'), '');
  expect(await ended).toMatchObject({ kind: 'finished', id: 7 });
});
