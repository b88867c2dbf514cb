/** `lwd up --trace`: the scheduler's decisions as trace events, also of a domain that crashes. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readTrace, type TraceEventShown } from '../trace-rules.js';
import { guestFolder, lwdEnding, ownDomain } from './lwd.js';

const cwd = guestFolder('trace');

interface Line {
  name: string;
  slices: TraceEventShown[];
}

/** Slices by the lines that they are in. */
function linesOf(file: string): Line[] {
  const events = readTrace(readFileSync(file, 'utf8'));
  const names = events.filter(({ name }) => name === 'thread_name');
  return names.map(({ tid, args }) => ({
    name: String(args?.name),
    slices: events.filter((event) => event.tid === tid && event.ph === 'B'),
  }));
}

function newFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'lwd-trace-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'out.json');
}

function expectWhatWasDone(lines: Line[]): void {
  const slices = (name: string) => lines.find((line) => line.name === name)?.slices ?? [];
  const vcpu = slices('vCPU 0').map(({ name }) => name);
  expect(vcpu).toEqual(expect.arrayContaining(['main', 'wants-mutex', 'idle', 'event 3: timer_fired (timer.c)']));
  const wait = slices('wants-mutex').find(({ name }) => name === 'waits for a mutex');
  expect(wait?.args).toMatchObject({ of: 'main' });
  const inThread = slices('wants-mutex').map(({ name }) => name);
  expect(inThread.filter((name) => name === 'outer' || name === 'inner')).toEqual(['outer', 'inner']);
  const join = slices('main').find(({ name }) => name === 'waits for the end');
  expect(join?.args).toMatchObject({ of: 'wants-mutex' });
  expect(slices('main').map(({ name }) => name)).toEqual(expect.arrayContaining(['sleeps', 'ready', 'runs', 'last']));
}

test.each([
  ['that returns, pv', ['--type', 'pv'], [], 3],
  ['that returns, pvh', ['--type', 'pvh'], [], 3],
  ['that crashes, pv', ['--type', 'pv'], ['--', '0'], 139],
  ['that crashes, pvh', ['--type', 'pvh'], ['--', '0'], 139],
])('a program %s', async (_, type, args, status) => {
  const file = newFile();
  const flags = ['up', ...type, '--trace', file, '--name', ownDomain('traced'), ...args];
  expect((await lwdEnding(status, flags, { cwd })).stdout).toMatch(/^-\d+\n$/);
  expectWhatWasDone(linesOf(file));
});

test('what was not asked for is not there, and what cannot be is said', async () => {
  expect((await lwdEnding(3, ['up', '--name', ownDomain('untraced')], { cwd })).stdout).toBe('0\n');
  const file = newFile();
  const project = join(file, '..', 'plain');
  mkdirSync(project);
  writeFileSync(join(project, 'lwd.yaml'), 'name: plain\nbuild: {sources: [main.c]}\ndomain: {memory: 8M}\n');
  writeFileSync(join(project, 'main.c'), 'int main(void)\n{\n    return 5;\n}\n');
  await lwdEnding(0, ['build'], { cwd: project });
  const image = join(project, '.lwd/build/plain');
  expect(readFileSync(image).includes('lwdrec1')).toBe(false);
  const bare = await lwdEnding(5, ['up', image, '--trace', file, '--name', ownDomain('untraced')]);
  expect(bare.stderr).toContain('there is no trace: the program has not recorded');
  await lwdEnding(5, ['up', '--trace', file, '--name', ownDomain('traced')], { cwd: project });
  expect(linesOf(file).map(({ name }) => name)).toEqual(expect.arrayContaining(['vCPU 0', 'main']));
  const nowhere = await lwdEnding(64, ['up', '--trace', '/no/such/folder/out.json'], { cwd: project });
  expect(nowhere.stderr).toContain('cannot be written');
});
