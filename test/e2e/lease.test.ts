/** Fencing: whatever becomes of lwd, a domain with a lease is gone when the lease is over; while lwd lives, it is not. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, inject, onTestFinished, test } from 'vitest';
import { dom0, guestFolder, lwdEnding, ownDomain, type RunningLwd, runProgram, startLwd, xenDomains } from './lwd.js';

const lease = 6;
/** What looking costs on a busy machine: seconds. */
const slack = 12;

async function leased(topic: string, env: Record<string, string> = {}): Promise<{ name: string; up: RunningLwd }> {
  const name = ownDomain(topic);
  const up = startLwd(['up', '--lease', `${lease}s`, '--name', name, '--', 'sleep'], {
    cwd: guestFolder('linger'),
    env,
  });
  await up.printed('ready');
  return { name, up };
}

/** Waits until none of them is there; fails if one is there longer than its lease, or ends before it could have. */
async function goneInTime(names: string[]): Promise<void> {
  await expect
    .poll(async () => (await xenDomains()).filter((name) => names.includes(name)), {
      timeout: (lease + slack) * 1000,
      interval: 300,
    })
    .toEqual([]);
}

/** Process numbers of all that runs in dom0 for these domains. */
async function processesOf(names: string[]): Promise<string[]> {
  const lines = (await dom0('ps')).split('\n');
  return lines.filter((line) => names.some((name) => line.includes(name)) || line.includes('lwd/domains'));
}

test('lwd killed, lwd stopped, connection cut: the domain goes; a slow lwd keeps its domain', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lwd-lease-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const accounts = { LWD_ACCOUNTING: join(folder, 'accounts') };
  const [killed, stopped, slow] = await Promise.all([leased('killed'), leased('stopped', accounts), leased('slow')]);
  const began = performance.now();
  killed.up.signal('SIGKILL');
  stopped.up.signal('SIGSTOP');
  expect(await xenDomains()).toEqual(expect.arrayContaining([killed.name, stopped.name]));
  // Alive, but at a standstill for most of the time.
  const beat = setInterval(() => {
    slow.up.signal('SIGSTOP');
    setTimeout(() => slow.up.signal('SIGCONT'), 1200);
  }, 2000);
  await goneInTime([killed.name, stopped.name]);
  expect(performance.now() - began).toBeGreaterThan((lease / 2) * 1000);
  expect(await xenDomains()).toContain(slow.name);
  clearInterval(beat);
  slow.up.signal('SIGCONT');

  stopped.up.signal('SIGCONT');
  const ended = await stopped.up.ended;
  expect(ended.status).toBe(137);
  expect(ended.stderr).toContain('ended by its host');
  // The one says it itself what its domain had used; of the other it is written down in dom0.
  const told = () =>
    readFileSync(accounts.LWD_ACCOUNTING, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
  const account = {
    endedBy: 'lease',
    state: 'destroyed',
    cpuSeconds: expect.any(Number),
    memoryMiB: expect.any(Number),
  };
  expect(told()).toMatchObject([{ name: stopped.name, ...account }]);
  await lwdEnding(0, ['reconcile'], { env: accounts });
  expect(told().slice(1)).toMatchObject([{ name: killed.name, ...account }]);

  // All of lwd's connections go through one ssh: without it they are cut.
  const host = join(inject('runtimeDirectory'), 'lwd/embedded');
  await runProgram(['ssh', '-F', join(host, 'ssh.conf'), '-O', 'exit', 'dom0']);
  const lost = await slow.up.ended;
  expect(lost.status).toBe(75);
  expect(lost.stderr).toContain('its host ends it within');
  await goneInTime([slow.name]);
  await expect.poll(() => processesOf([killed.name, stopped.name, slow.name]), { timeout: 40_000 }).toEqual([]);
});
