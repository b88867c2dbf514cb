/** The host goes away in the middle: on a host of this test's own, whose QEMU is killed. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { guestFolder, RunningLwd, runLwd } from './lwd.js';

let env: Record<string, string>;

beforeAll(async () => {
  env = { XDG_RUNTIME_DIR: mkdtempSync(join(tmpdir(), 'lwd-loss-')), LWD_HOST: 'embedded' };
});

afterAll(async () => {
  await runLwd(['host', 'down'], { env });
  rmSync(env.XDG_RUNTIME_DIR ?? '', { recursive: true });
});

/** Process number of the instance's QEMU, as lwd itself knows it. */
function qemu(): number {
  const file = join(env.XDG_RUNTIME_DIR ?? '', 'lwd/embedded/instance.json');
  return JSON.parse(readFileSync(file, 'utf8')).process.pid;
}

/** How many programs of dom0 wait for xenstored to tell them something. */
async function watchers(): Promise<number> {
  const { stdout } = await runLwd(['host', 'ssh', '--', 'sh', '-c', 'cat /proc/[0-9]*/comm'], { env });
  return stdout.split('\n').filter((name) => name === 'xenstore-watch').length;
}

test('a run whose host dies has an unknown outcome, and says so', async () => {
  const up = new RunningLwd(['up', '--lease', '30s', '--', 'print'], { cwd: guestFolder('linger'), env });
  await up.printed('line 2\n');
  process.kill(qemu(), 'SIGKILL');
  const ended = await up.ended;
  expect(ended.status).toBe(75);
  expect(ended.stderr).toMatch(
    /the connection broke off while domain linger \(\d+\) was there\n.*next: see whether it still runs/s,
  );
  expect(ended.stderr).toContain('its host ends it within 30 s');
});

test('a host that is gone has nothing to reap, and is not started for that', async () => {
  expect(await runLwd(['reap', '--job', '7'], { env })).toMatchObject({ status: 0, stderr: '' });
  const status = await runLwd(['host', 'status', '--json'], { env });
  expect(JSON.parse(status.stdout)).toMatchObject({ state: 'stopped' });
});

test('the next command finds a fresh host', async () => {
  const ended = await runLwd(['ps', '--json'], { env });
  expect(ended.status).toBe(0);
  expect(JSON.parse(ended.stdout)).toMatchObject({ domains: [] });
  const up = await runLwd(['up', '--', '3'], { cwd: guestFolder('status'), env });
  expect(up.status).toBe(3);
});

test('a detached domain of a host that died is gone, and nobody waits for it', async () => {
  await runLwd(['up', '-d', '--name', 'lost', '--', 'sleep'], { cwd: guestFolder('linger'), env });
  const wait = new RunningLwd(['wait', 'lost'], { env });
  process.kill(qemu(), 'SIGKILL');
  expect([75, 127]).toContain((await wait.ended).status);
});

test('a host whose xenstored was killed needs a reboot, which is said', { timeout: 300_000 }, async () => {
  // This test leaves one that is of no more use: a second try has to find another.
  await runLwd(['host', 'down'], { env });
  const up = new RunningLwd(['up', '--', 'print'], { cwd: guestFolder('linger'), env });
  await up.printed('line 2\n');
  const told = [['wait', 'linger'], ['logs', '-f', 'linger'], ['events']].map((args) => new RunningLwd(args, { env }));
  // They wait when xenstored knows of their watches.
  await expect.poll(watchers, { timeout: 30_000 }).toBe(told.length);
  await runLwd(['host', 'ssh', '--', 'sh', '-c', 'kill -9 $(pidof xenstored)'], { env });
  const commands = [['ps'], ['up', '--', '3']];
  const ended = await Promise.all(commands.map((args) => runLwd(args, { cwd: guestFolder('status'), env })));
  for (const { status, stderr } of ended) {
    expect([status, stderr]).toEqual([69, expect.stringContaining('xenstored of embedded has died')]);
    expect(stderr).toContain('the host needs a reboot');
  }
  const stayed = await up.ended;
  expect([stayed.status, stayed.stderr]).toEqual([75, expect.stringContaining('has died: Xen')]);
  expect(stayed.stderr).toMatch(/domain linger \(\d+\) runs on, and nobody can tell how it ends\n.*needs a reboot/s);
  for (const { ended } of told) {
    expect(await ended).toMatchObject({
      status: 69,
      stderr: expect.stringContaining('xenstored of embedded has died'),
    });
  }
});
