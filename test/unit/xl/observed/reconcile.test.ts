/** Order restored: the script runs here for real, with stand-ins for Xen's tools. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LocalHost } from '../../../../src/host/local.js';
import { startTimeOf } from '../../../../src/sys/process.js';
import { parseRemoved, reconcile } from '../../../../src/xl/observed/reconcile.js';
import { isInOrder } from '../../../../src/xl/observed/status.js';

const fixtures = join(dirname(fileURLToPath(import.meta.url)), '../../../fixtures/dom0');
const path = process.env.PATH;
const uuids = [1, 2, 3].map((digit) => `6c776400-0000-8000-8000-00000000000${digit}`) as [string, string, string];
const hour = 60;
let folder: string;
let child: ChildProcess | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lwd-reconcile-'));
  mkdirSync(join(folder, 'runs'));
  process.env.PATH = `${fixtures}:${path}`;
  process.env.FAKE_DOM0 = folder;
  process.env.LWD_RUNS = join(folder, 'runs');
  writeFileSync(join(folder, 'list'), 'cat "$FAKE_DOM0/domains" 2>/dev/null; true\n');
  writeFileSync(join(folder, 'cpupool-list'), 'cat "$FAKE_DOM0/pools$2" 2>/dev/null; true\n');
  writeFileSync(
    join(folder, 'destroy'),
    'grep -v "^[^ ]* $2 " "$FAKE_DOM0/domains" >"$FAKE_DOM0/now"; mv "$FAKE_DOM0/now" "$FAKE_DOM0/domains"\n',
  );
});

afterEach(() => {
  child?.kill('SIGKILL');
  child = undefined;
  process.env.PATH = path;
  delete process.env.LWD_RUNS;
  rmSync(folder, { recursive: true, force: true });
});

const calls = () => (existsSync(join(folder, 'calls')) ? readFileSync(join(folder, 'calls'), 'utf8').split('\n') : []);
const runs = () => readdirSync(join(folder, 'runs')).sort();
const log = (name: string) => join(folder, `guest-${name}.log`);
const tidy = () => reconcile(new LocalHost(), hour);

/** A process number that nobody has. */
const nobody = '4194304 1';

function wroteDown(uuid: string, name: string, changes: { maker?: string; old?: number; pool?: string } = {}): void {
  const { maker = nobody, old = 0, pool = '- -' } = changes;
  writeFileSync(join(folder, 'runs', uuid), `${maker} ${old} ${pool} ${log(name)}\n`);
}

function domains(...rows: [name: string, id: number, uuid: string][]): void {
  const text = rows.map(([name, id, uuid]) => `${name} ${id} 8 1 -b---- 0.1 ${uuid} - -\n`);
  writeFileSync(join(folder, 'domains'), `Name ID Mem VCPUs State Time(s) UUID\n${text.join('')}`);
}

function recorded(...ids: number[]): void {
  writeFileSync(join(folder, 'xenstore-exists'), ids.map((id) => `/local/domain/${id}/lwd/domain\n`).join(''));
}

describe('what a domain left that is gone', () => {
  test('goes: its log, its lease, what was written down', async () => {
    wroteDown(uuids[0], 'a');
    writeFileSync(log('a'), 'words');
    writeFileSync(join(folder, 'runs', `${uuids[0]}.lease`), '1 5 4194304\n');
    expect(await tidy()).toEqual([{ kind: 'leavings', what: uuids[0] }]);
    expect(existsSync(log('a'))).toBe(false);
    expect(runs()).toEqual([]);
    expect(await tidy()).toEqual([]);
  });

  test('but for what was in the log before it', async () => {
    wroteDown(uuids[0], 'a', { old: 5 });
    writeFileSync(log('a'), 'words of two');
    await tidy();
    expect(readFileSync(log('a'), 'utf8')).toBe('words');
  });

  test('waits for another domain that writes to the same log', async () => {
    wroteDown(uuids[0], 'a');
    wroteDown(uuids[1], 'a', { maker: '4194304 2', old: 5 });
    writeFileSync(log('a'), 'wordswords');
    domains(['a', 7, uuids[1]]);
    recorded(7);
    expect(await tidy()).toEqual([]);
    expect(readFileSync(log('a'), 'utf8')).toBe('wordswords');
    domains();
    await tidy();
    await tidy();
    expect(existsSync(log('a'))).toBe(false);
    expect(runs()).toEqual([]);
  });

  test('its pool of CPUs goes too, and the CPUs go back', async () => {
    wroteDown(uuids[0], 'a', { pool: 'lwd-0123456789a 1,2' });
    await tidy();
    const given = calls().filter((call) => call.includes('cpupool-'));
    expect(given).toEqual([
      'xl cpupool-destroy lwd-0123456789a',
      'xl cpupool-cpu-add Pool-0',
      'xl cpupool-cpu-add Pool-0',
      'xl cpupool-list',
    ]);
  });

  test('not while somebody is at work on it', async () => {
    wroteDown(uuids[0], 'a', { maker: `${process.pid} ${await startTimeOf(process.pid)}` });
    writeFileSync(log('a'), 'words');
    expect(await tidy()).toEqual([]);
    expect(existsSync(log('a'))).toBe(true);
    // The number alone is no witness: it is used again.
    wroteDown(uuids[0], 'a', { maker: `${process.pid} 1` });
    expect(await tidy()).toEqual([{ kind: 'leavings', what: uuids[0] }]);
  });
});

describe('a domain', () => {
  test('that is whole stays, and what is written down of it', async () => {
    wroteDown(uuids[0], 'a');
    domains(['a', 7, uuids[0]], ['foreign', 8, '97586fa4-c9f6-49e0-b06f-63b6e2bbed63']);
    recorded(7);
    expect(await tidy()).toEqual([]);
    expect(runs()).toEqual([uuids[0]]);
    expect(calls()).not.toContain('xl destroy 8');
  });

  test('that is half-made goes', async () => {
    wroteDown(uuids[0], 'a');
    domains(['a', 7, uuids[0]], ['b', 8, uuids[1]]);
    recorded(8);
    expect(await tidy()).toEqual([
      { kind: 'domain', what: 'a' },
      { kind: 'leavings', what: uuids[0] },
    ]);
    expect(calls()).toContain('xl destroy 7');
    expect(calls()).not.toContain('xl destroy 8');
  });

  test('that somebody is making stays', async () => {
    wroteDown(uuids[0], 'a', { maker: `${process.pid} ${await startTimeOf(process.pid)}` });
    domains(['a', 7, uuids[0]]);
    expect(await tidy()).toEqual([]);
  });

  test('that an xl without its script is still making will not come', async () => {
    wroteDown(uuids[0], 'a');
    writeFileSync(join(folder, 'create'), 'exec sleep 60\n');
    writeFileSync(join(folder, 'create'), 'while :; do sleep 1; done\n');
    child = spawn('xl', ['create', '-F', '/dev/null', `name="a"\nuuid="${uuids[0]}"\n`], { stdio: 'ignore' });
    const ended = new Promise((resolve) => child?.once('exit', (_, signal) => resolve(signal)));
    await expect.poll(calls).toContain('xl create -F');
    await tidy();
    expect(await ended).toBe('SIGKILL');
  });
});

describe('a lease', () => {
  const lease = (uuid: string, at: number) => writeFileSync(join(folder, 'runs', `${uuid}.lease`), `${at} 5 4194304\n`);

  test('that ran out while its guard was dead ends its domain', async () => {
    wroteDown(uuids[0], 'a');
    lease(uuids[0], -100);
    domains(['a', 7, uuids[0]], ['b', 8, uuids[1]]);
    recorded(7, 8);
    expect(await tidy()).toEqual([
      { kind: 'domain', what: 'a' },
      { kind: 'leavings', what: uuids[0] },
    ]);
    expect(calls()).toContain('xl destroy 7');
    expect(calls()).not.toContain('xl destroy 8');
    expect(runs()).toEqual([]);
  });

  test('that still holds, or whose domain has ended, ends nothing', async () => {
    const uptime = Number(readFileSync('/proc/uptime', 'utf8').split('.')[0]);
    wroteDown(uuids[0], 'a');
    wroteDown(uuids[1], 'b');
    lease(uuids[0], uptime);
    lease(uuids[1], -100);
    domains(['a', 7, uuids[0]], ['b', 8, uuids[1]]);
    const list = readFileSync(join(folder, 'domains'), 'utf8');
    writeFileSync(join(folder, 'domains'), list.replace('b 8 8 1 -b----', 'b 8 8 1 ---s--'));
    recorded(7, 8);
    expect(await tidy()).toEqual([]);
    expect(runs()).toEqual([uuids[0], `${uuids[0]}.lease`, uuids[1]]);
  });
});

test('a pool of a domain that is not there goes, others stay', async () => {
  const rows = ['Name CPUs Sched Active Domain', 'Pool-0 1 credit2 y 1', 'lwd-0123456789a 1 credit2 y 0'];
  writeFileSync(join(folder, 'pools'), [...rows, 'lwd-b123456789a 1 credit2 y 1', 'hpc 1 credit2 y 0', ''].join('\n'));
  writeFileSync(join(folder, 'pools-c'), 'Name CPU list\nlwd-0123456789a 3\n');
  expect(await tidy()).toEqual([{ kind: 'pool', what: 'lwd-0123456789a' }]);
  expect(calls().filter((call) => call.includes('destroy'))).toEqual(['xl cpupool-destroy lwd-0123456789a']);
});

test('if xl does not answer, nothing goes', async () => {
  wroteDown(uuids[0], 'a');
  writeFileSync(join(folder, 'list'), 'exit 1\n');
  await expect(tidy()).rejects.toThrow('clearing up');
  expect(runs()).toEqual([uuids[0]]);
});

test('a look tells whether there is something to do', () => {
  const whole = { uuid: uuids[0], record: { image: '', symbols: undefined, owner: '', log: '', started: 0 } };
  expect(isInOrder('', [])).toBe(true);
  expect(isInOrder(`left ${uuids[0]}\n`, [whole])).toBe(true);
  expect(isInOrder(`left ${uuids[1]}\n`, [whole])).toBe(false);
  expect(isInOrder(`expired ${uuids[0]}.lease\n`, [whole])).toBe(false);
  expect(isInOrder(`left ${uuids[1]}\n`, [whole, { uuid: uuids[1], record: undefined }])).toBe(false);
  // Nothing can be done about one that Xen keeps: a look must not try so each time.
  expect(isInOrder(`left ${uuids[1]}\n`, [whole, { uuid: uuids[1], record: undefined, state: 'dying' }])).toBe(true);
});

test('its words are read, and nothing else is', () => {
  expect(parseRemoved('domain a b\nnoise\npool lwd-1\n')).toEqual([
    { kind: 'domain', what: 'a b' },
    { kind: 'pool', what: 'lwd-1' },
  ]);
});
