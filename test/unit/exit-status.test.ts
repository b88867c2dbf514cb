/** The status that lwd ends with for failures of its own, by every way that a failure takes to it. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { HostError } from '../../src/errors.js';
import { failureStatus } from '../../src/exit-status.js';
import { LocalHost } from '../../src/host/local.js';
import { Output } from '../../src/report/output.js';
import { runAll } from '../../src/run/run-group.js';
import { Streams } from '../../src/run/streams.js';
import { Interruption } from '../../src/sys/interruption.js';
import { statusOf } from '../../src/xl/facts/outcome.js';
import type { DomainWish } from '../../src/xl/spec/spec.js';
import { bareSettings, wishFor } from '../../src/xl/spec/wish.js';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const inJob = { SLURM_JOB_ID: '4', SLURMD_NODENAME: 'xen0' };
const output = new Output({ json: false, quiet: true, verbose: false });

function inEnvironment(environment: Record<string, string>): void {
  for (const [key, value] of Object.entries(environment)) vi.stubEnv(key, value);
}

beforeEach(() => inEnvironment({ SLURM_JOB_ID: '', LWD_EXIT_ERROR: '' }));
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

test("a fault of the host's is one status in a job, and its own elsewhere", () => {
  expect([69, 71, 75].map((code) => failureStatus(code, inJob))).toEqual([75, 75, 75]);
  expect([69, 71, 75].map((code) => failureStatus(code, {}))).toEqual([69, 71, 75]);
  expect(failureStatus(69, { ...inJob, LWD_BATCH: 'none' })).toBe(69);
  expect(failureStatus(64, inJob)).toBe(64);
});

test("LWD_EXIT_ERROR stands for lwd's own failures, but not for what is to be requeued", () => {
  expect(failureStatus(64, { LWD_EXIT_ERROR: '200' })).toBe(200);
  expect(failureStatus(69, { LWD_EXIT_ERROR: '200' })).toBe(200);
  expect(failureStatus(69, { ...inJob, LWD_EXIT_ERROR: '200' })).toBe(75);
  for (const wrong of ['', 'x', '256', '-1', '1e2']) expect(failureStatus(64, { LWD_EXIT_ERROR: wrong })).toBe(64);
});

describe('of several domains, one of which the host has no room for', () => {
  class Full extends LocalHost {
    override capabilities(): never {
      throw new HostError('no room', { exit: 'noResources' });
    }
  }

  function statusIn(environment: Record<string, string>): Promise<number> {
    inEnvironment(environment);
    vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const image = {
      ...{ name: 'g', kernel: { path: '/none', sha256: '' }, ramdisk: undefined, symbols: undefined },
      facts: { types: ['pv' as const], guestOs: 'lwd', hasChannel: true, hasSymbols: false },
    };
    const host = new Full();
    const sent = { image, kernel: '/none', ramdisk: undefined, volumeServer: undefined, processChannel: '/none' };
    const wish = (name: string) => ({ ...wishFor(image, bareSettings, {}, []), name });
    const launches = ['g-0', 'g-1'].map((name) => ({ host, sent, wish: wish(name) }));
    const context = { host, output, interruption: new Interruption() };
    const rules = { atOnce: 2, failFast: false };
    const streams = new Streams({}, [wish('g-0'), wish('g-1')], output);
    const order = { tasks: [{ after: [] }, { after: [] }], rules, timeLimit: undefined, grace: 0, streams };
    return runAll(context, 'g', { launches, release: async () => {} }, order);
  }

  test('outside of a job its own', async () => expect(await statusIn({})).toBe(71));
  test('in a job the one that has it requeued', async () => expect(await statusIn(inJob)).toBe(75));
  test('and the one that was asked for', async () => expect(await statusIn({ LWD_EXIT_ERROR: '200' })).toBe(200));
});

test('of several hosts, none of which can be reached', () => {
  const hosts = 'ssh://nobody@127.0.0.1:1,ssh://nobody@127.0.0.1:2';
  const statusOfPs = (environment: Record<string, string>) => {
    const env = { ...process.env, XDG_RUNTIME_DIR: tmpdir(), ...environment };
    const args = [join(root, 'bin/run.js'), 'ps', '--host', hosts];
    return spawnSync(process.execPath, args, { env, encoding: 'utf8' }).status;
  };
  expect(statusOfPs(inJob)).toBe(75);
  expect(statusOfPs({ LWD_EXIT_ERROR: '200' })).toBe(200);
});

test('of output that was lost, and of a domain that does not say how it ended', async () => {
  inEnvironment({ LWD_EXIT_ERROR: '200' });
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const wish = { name: 'a', env: {} } as unknown as DomainWish;
  const streams = new Streams({ output: '/dev/full' }, [wish], output);
  await streams.of(0).sink.stdout(Buffer.from('lost'));
  expect(await streams.end(0)).toBe(200);
  expect(await streams.end(3)).toBe(3);
  expect(statusOf({ kind: 'unclear', what: 'nothing' })).toBe(200);
  expect(statusOf({ kind: 'exited', status: 64 })).toBe(64);
});

test('there is no other way to a status of lwd’s own', () => {
  const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' });
  const around = files.filter(
    (name) =>
      name.endsWith('.ts') &&
      /exitWith\(exitCode|process\.exitCode = exitCode/.test(readFileSync(join(root, 'src', name), 'utf8')),
  );
  expect(around).toEqual([]);
});
