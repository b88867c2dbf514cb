/** What is kept of a domain that has ended: by Xen's words alone, a line each, and never at the price of its status. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, expect, onTestFinished, test } from 'vitest';
import { Output } from '../../../src/report/output.js';
import {
  type Account,
  accountLine,
  accountOfFenced,
  accountOfTaken,
  accountText,
  isAccounted,
  keepAccount,
} from '../../../src/run/accounting.js';
import { parseUsed, usedBy } from '../../../src/xl/facts/usage.js';

const heading = 'Name                                        ID   Mem VCPUs\tState\tTime(s)\n';
const used = { cpuSeconds: 11.9, vcpus: 1, memory: 47 };
const batch = { system: 'slurm' as const, job: '4', step: '0', rank: 1, restart: 0 };
const account: Account = {
  ...{ host: 'local', name: 'lwd-4-0-1', uuid: 'u', batch, state: 'exited(3)', status: 3, endedBy: undefined },
  ...{ seconds: 12.3456, used, maxMemory: 64 },
};

afterEach(() => {
  delete process.env.LWD_ACCOUNTING;
});

test("Xen's line is read, and nothing else", async () => {
  const line = `lwd-4-0-1                                    5    47     1     ---s--      11.9\n`;
  expect(parseUsed(heading + line)).toEqual(used);
  expect(parseUsed('5 is an invalid domain identifier (rc=-6)\n')).toBeUndefined();
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(parseUsed(heading + text)).toBeUndefined();
    }),
  );
  const usage = () => Promise.resolve(heading + line);
  expect(await usedBy({ reason: 0, usage })).toEqual(used);
  expect(await usedBy({ reason: 'fenced', usage })).toEqual(used);
  const never = () => Promise.reject(new Error('there is no domain to look at'));
  expect(await usedBy({ reason: 'gone', usage: never })).toBeUndefined();
});

test('a line for people, and one for programs', () => {
  expect(accountText(account)).toBe('lwd-4-0-1: exited(3) after 12.3 s, 11.9 s of CPU time, 47 MiB');
  expect(accountText({ ...account, used: undefined })).toBe('lwd-4-0-1: exited(3) after 12.3 s');
  expect(JSON.parse(accountLine(account, '2026-11-23T10:00:00Z'))).toEqual({
    ...{ v: 1, time: '2026-11-23T10:00:00Z', host: 'local', name: 'lwd-4-0-1', uuid: 'u', ...batch },
    ...{ state: 'exited(3)', status: 3, endedBy: null, seconds: 12.346, cpuSeconds: 11.9, vcpus: 1, memoryMiB: 47 },
    maxMemoryMiB: 64,
  });
});

test('one that was taken down has an account, with who did that', () => {
  const domain = { name: 'n', uuid: 'u', state: 'ended', cpuTime: 1.5, memory: 16, vcpus: 1, record: undefined };
  const outcome = { kind: 'exited', status: 3 };
  const taken = { domain, outcome, host: 'h', leftBehind: undefined, keepsCopies: false } as never;
  expect(accountOfTaken(taken, 'down')).toMatchObject({
    ...{ host: 'h', name: 'n', uuid: 'u', state: 'exited(3)', status: undefined, endedBy: 'down' },
    ...{ seconds: 0, used: { cpuSeconds: 1.5, memory: 16, vcpus: 1 } },
  });
});

test('one that its lease has ended has an account, when somebody asks for it', () => {
  const record = { image: 'i', symbols: undefined, owner: 'o', log: '/l', started: 1000, batch, most: 64 };
  const fenced = { name: 'n', uuid: 'u', ended: 1012, used, record };
  expect(accountOfFenced(fenced, 'h')).toMatchObject({
    ...{ host: 'h', name: 'n', uuid: 'u', batch, state: 'destroyed', status: undefined, endedBy: 'lease' },
    ...{ seconds: 12, used, maxMemory: 64 },
  });
  expect(accountOfFenced({ ...fenced, record: undefined }, 'h')).toMatchObject({ seconds: 0, batch: undefined });
});

test('nobody who does not want to know pays for it', () => {
  expect(isAccounted(undefined, { json: false })).toBe(false);
  expect(isAccounted(undefined, { json: true })).toBe(true);
  expect(isAccounted(batch, { json: false })).toBe(true);
  process.env.LWD_ACCOUNTING = '/x';
  expect(isAccounted(undefined, { json: false })).toBe(true);
});

test('each domain adds a line to its file; a file that cannot be written is told of', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lwd-accounts-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const output = new Output({ json: false, quiet: true, verbose: false });
  const warnings: string[] = [];
  output.warn = (text) => void warnings.push(text);
  process.env.LWD_ACCOUNTING = join(folder, 'job-%j.jsonl');
  await keepAccount(account, output);
  await keepAccount({ ...account, name: 'lwd-4-0-2' }, output);
  const lines = readFileSync(join(folder, 'job-4.jsonl'), 'utf8').trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line).name)).toEqual(['lwd-4-0-1', 'lwd-4-0-2']);
  expect(warnings).toEqual([]);
  for (const wrong of [join(folder, 'none/file'), join(folder, '%x')]) {
    process.env.LWD_ACCOUNTING = wrong;
    await keepAccount(account, output);
  }
  expect(warnings).toEqual([
    expect.stringContaining('lwd-4-0-1 is in no account: ENOENT'),
    expect.stringContaining('%x'),
  ]);
});
