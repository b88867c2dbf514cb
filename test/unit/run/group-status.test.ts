/** What becomes of the statuses of several domains: the highest, but for what is to be run again. */
import { afterEach, expect, test, vi } from 'vitest';
import type { MemberEnd } from '../../../src/report/group.js';
import { statusOfGroup } from '../../../src/run/group-status.js';

const ended = (status: number, stopped = false) =>
  ({ kind: 'ended', ended: { status, finished: {} }, stopped }) as unknown as MemberEnd;
const fenced = (status: number) =>
  ({ kind: 'ended', ended: { status, finished: { cause: 'lease' } }, stopped: false }) as unknown as MemberEnd;
const failed = (exitCode: number) => ({ kind: 'failed', name: 'n', failure: { exitCode } }) as unknown as MemberEnd;
const skipped: MemberEnd = { kind: 'skipped', name: 'n' };

afterEach(() => vi.unstubAllEnvs());

function statusIn(job: boolean, ends: readonly MemberEnd[], interrupted?: number): number {
  vi.stubEnv('SLURM_JOB_ID', job ? '4' : '');
  vi.stubEnv('SLURMD_NODENAME', job ? 'xen0' : '');
  return statusOfGroup(ends, interrupted);
}

test.each([
  ['the highest', [ended(0), ended(3), ended(139)], undefined, 139, 139],
  ['not of what lwd ended for the sake of another', [ended(3), ended(137, true)], undefined, 3, 3],
  ['the host at fault, and a crash, perhaps for want of the other', [failed(75), ended(139)], undefined, 139, 75],
  ['the host at fault, and one that was not made then', [failed(75), skipped], undefined, 75, 75],
  ['a program that asks to be run again, and one that has crashed', [ended(75), ended(139)], undefined, 139, 139],
  ['one that its lease has ended, and a crash, perhaps for want of it', [fenced(75), ended(139)], undefined, 139, 75],
  ['one that its lease has ended, of a job that was told to end', [fenced(143), ended(0)], 143, 143, 143],
  ["lwd's own failure otherwise, and a crash", [failed(78), ended(139)], undefined, 139, 139],
  ['a job that was told to end', [failed(75), ended(0), skipped], 143, 143, 143],
] as const)('%s', (_, ends, interrupted, elsewhere, inJob) => {
  expect(statusIn(false, ends, interrupted)).toBe(elsewhere);
  expect(statusIn(true, ends, interrupted)).toBe(inJob);
});
