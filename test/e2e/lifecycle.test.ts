/** Domains that outlive the command that made them, signals, `kill -9`, several at once, and what the host then keeps. */
import { afterEach, describe, expect, test } from 'vitest';
import { dom0, guestFolder, lwd, lwdEnding, lwdJson, startLwd, xenDomains } from './lwd.js';

const linger = guestFolder('linger');
const status = guestFolder('status');

interface Listed {
  domains: { name: string; state: string; domid: number; outcome?: unknown; vcpus: { hard: string }[] }[];
}

async function listed(name: string): Promise<Listed['domains'][number] | undefined> {
  const { domains } = (await lwdJson(['ps'])) as Listed;
  return domains.find((domain) => domain.name === name);
}

afterEach(async () => {
  await lwdEnding(0, ['down', '--all', '--now']);
});

describe('a detached domain', () => {
  test('runs, is seen, is ended, and is gone', async () => {
    const up = await lwdEnding(0, ['up', '-d', '--name', 'sleeper', '--', 'sleep'], { cwd: linger });
    expect(up.stdout).toBe('sleeper\n');
    expect(await listed('sleeper')).toMatchObject({ state: 'running' });
    expect(await lwdJson(['inspect', 'sleeper'])).toMatchObject({ name: 'sleeper', host: 'embedded' });
    const down = await lwdEnding(0, ['down', 'sleeper']);
    expect(down.stdout).toContain('sleeper');
    expect(await listed('sleeper')).toBeUndefined();
    expect(await xenDomains()).toEqual([]);
  });

  test('keeps status and log until it is taken down', async () => {
    await lwdEnding(0, ['up', '-d', '--name', 'ended', '--', '42'], { cwd: status });
    await lwdEnding(42, ['wait', 'ended']);
    await lwdEnding(42, ['wait', 'ended']);
    expect((await lwdEnding(0, ['logs', 'ended'])).stdout).toBe('status 42 by returnatexit ran\n');
    expect(await listed('ended')).toMatchObject({ outcome: { kind: 'exited', status: 42 } });
    await lwdEnding(0, ['down', 'ended']);
    await lwdEnding(127, ['wait', 'ended']);
    await lwdEnding(127, ['logs', 'ended']);
  });

  test('its log can be followed to the end', async () => {
    await lwdEnding(0, ['up', '-d', '--name', 'printer', '--', 'print'], { cwd: linger });
    const follow = startLwd(['logs', '-f', 'printer']);
    await follow.printed('line 5\n');
    await lwdEnding(0, ['down', 'printer', '--grace', '60s']);
    const { status: ending, stdout } = await follow.ended;
    expect(ending).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toBe('ready to print');
    expect(lines.slice(1)).toEqual(lines.slice(1).map((_, index) => `line ${index}`));
  });

  test('a name that is taken is refused, and the first one goes on', async () => {
    await lwdEnding(0, ['up', '-d', '--name', 'twice', '--', 'sleep'], { cwd: linger });
    const second = await lwdEnding(73, ['up', '--name', 'twice', '--', '0'], { cwd: status });
    expect(second.stderr).toContain('twice');
    expect(second.stderr).toContain('next:');
    expect(await listed('twice')).toMatchObject({ state: 'running' });
    expect((await lwdEnding(0, ['logs', 'twice'])).stdout).toBe('ready to sleep\n');
  });

  test('a name can be used again', async () => {
    for (const code of [1, 2]) {
      await lwdEnding(0, ['up', '-d', '--name', 'again', '--', String(code)], { cwd: status });
      await lwdEnding(code, ['wait', 'again']);
      expect((await lwdEnding(0, ['logs', 'again'])).stdout).toBe(`status ${code} by returnatexit ran\n`);
      await lwdEnding(0, ['down', 'again']);
    }
  });

  test('is paused, goes on, is stopped and removed', async () => {
    await lwdEnding(0, ['up', '-d', '--name', 'paused', '--', 'sleep'], { cwd: linger });
    await lwdEnding(0, ['pause', 'paused']);
    // Xen counts pauses: a second one would need a second unpause.
    expect(await lwdJson(['pause', 'paused'])).toMatchObject({ domains: [{ name: 'paused', state: 'paused' }] });
    expect(await dom0('xl', 'list', 'paused')).toMatch(/ [r-][b-]p--- /);
    const early = await lwdEnding(64, ['rm', 'paused']);
    expect(early.stderr).toContain('lwd stop paused');
    expect((await lwdEnding(0, ['unpause', 'paused'])).stdout).toBe('paused  running\n');
    await lwdEnding(0, ['stop', 'paused', '--grace', '60s']);
    expect(await listed('paused')).toMatchObject({ outcome: { kind: 'exited', status: 143 } });
    expect((await lwdEnding(125, ['pause', 'paused'])).stderr).toContain('it has ended');
    await lwdEnding(0, ['rm', 'paused']);
    expect(await listed('paused')).toBeUndefined();
  });

  test('can be pinned; Xen says so', async () => {
    await lwdEnding(0, ['up', '-d', '--name', 'pinned', '--cpus', '0', '--', 'sleep'], { cwd: linger });
    expect((await listed('pinned'))?.vcpus).toMatchObject([{ hard: '0' }]);
    const pin = await lwdJson(['pin', 'pinned', '--cpus', '1']);
    expect(pin).toMatchObject({ name: 'pinned', vcpus: [{ vcpu: 0, hard: '1' }] });
    expect(await dom0('xl', 'vcpu-list', 'pinned')).toMatch(/pinned +\d+ +0 .* 1 \/ /);
    const soft = await lwdJson(['pin', 'pinned', '--soft', '--cpus', '0']);
    expect(soft).toMatchObject({ vcpus: [{ hard: '1', soft: '0' }] });
  });

  test('what is not there is not found', async () => {
    for (const command of [
      ['wait', 'nobody'],
      ['logs', 'nobody'],
      ['down', 'nobody'],
      ['inspect', 'nobody'],
      ['kill', 'nobody'],
    ]) {
      const ended = await lwdEnding(127, command);
      expect(ended.stderr).toContain('nobody');
      expect(ended.stdout).toBe('');
    }
  });
});

describe('signals', () => {
  test.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('%s ends the domain cleanly', async (signal, ending) => {
    const up = startLwd(['up', '--name', 'signalled', '--', 'sleep'], { cwd: linger });
    await up.printed('ready to sleep\n');
    up.signal(signal);
    expect((await up.ended).status).toBe(ending);
    expect(await xenDomains()).toEqual([]);
  });

  test('a second one does not wait for the domain', async () => {
    const up = startLwd(['up', '--grace', '10m', '--name', 'stubborn', '--', 'spin'], { cwd: linger });
    await up.printed('ready to spin\n');
    const unheard = await lwdEnding(124, ['kill', 'stubborn', '--signal', 'usr2', '--timeout', '1s']);
    expect(unheard.stderr).toContain('has not taken SIGUSR2: it asks its kernel for nothing');
    // Two of the same kind could arrive as one.
    up.signal('SIGINT');
    up.signal('SIGTERM');
    expect([130, 143]).toContain((await up.ended).status);
    expect(await xenDomains()).toEqual([]);
  });

  test("a program's handler of SIGTERM decides how it ends", async () => {
    const up = startLwd(['up', '--name', 'handling', '--', 'handle'], { cwd: linger });
    await up.printed('handling\n');
    await dom0('xl', 'shutdown', 'handling');
    expect(await up.ended).toMatchObject({ status: 7, stdout: expect.stringContaining('handled signal 15\n') });
  });

  test('output up to the signal is whole', async () => {
    const up = startLwd(['up', '--name', 'printing', '--', 'print'], { cwd: linger });
    await up.printed('line 9\n');
    up.signal('SIGTERM');
    const { stdout } = await up.ended;
    const lines = stdout.trimEnd().split('\n').slice(1);
    expect(lines.length).toBeGreaterThan(9);
    expect(lines).toEqual(lines.map((_, index) => `line ${index}`));
  });

  test('kill -9 leaves a domain that another lwd finds and ends', async () => {
    const up = startLwd(['up', '--name', 'orphan', '--', 'print'], { cwd: linger });
    await up.printed('line 3\n');
    up.signal('SIGKILL');
    await up.ended;
    expect(await listed('orphan')).toMatchObject({ state: 'running' });
    // What lwd did not take any more goes on into the log.
    await expect.poll(async () => (await lwdEnding(0, ['logs', 'orphan'])).stdout).toMatch(/^line \d+\nline \d+\n/m);
    await lwdEnding(0, ['down', 'orphan']);
    expect(await xenDomains()).toEqual([]);
  });

  test('the status of a domain whose lwd was killed is not lost', async () => {
    const up = startLwd(['up', '--name', 'bereft', '--', 'sleep'], { cwd: linger });
    await up.printed('ready to sleep\n');
    up.signal('SIGKILL');
    await up.ended;
    // Nobody has its process channel any more: the signal finds it all the same.
    const sent = await lwdJson(['kill', '--signal', 'HUP', 'bereft']);
    expect(sent).toMatchObject({ domains: [{ name: 'bereft', signal: 'SIGHUP', taken: true }] });
    await lwdEnding(129, ['wait', 'bereft']);
    expect(await listed('bereft')).toMatchObject({ outcome: { kind: 'exited', status: 129 } });
    expect((await lwdEnding(125, ['kill', 'bereft'])).stderr).toContain('it has ended');
  });
});

describe('several at once', () => {
  test('two in the foreground do not see each other', async () => {
    const codes = [11, 12];
    const ends = await Promise.all(
      codes.map((code) => lwdEnding(code, ['up', '--name', `both-${code}`, '--', String(code)], { cwd: status })),
    );
    expect(ends.map(({ stdout }) => stdout)).toEqual(codes.map((code) => `status ${code} by returnatexit ran\n`));
  });

  test('of two with the same name exactly one runs', async () => {
    const ends = await Promise.all(
      [5, 5].map((code) => lwd(['up', '--name', 'same', '--', String(code)], { cwd: status })),
    );
    const statuses = ends.map((ended) => ended.status).sort();
    // One after the other is as good, if the first was quick.
    expect([
      [5, 5],
      [5, 73],
    ]).toContainEqual(statuses);
  });

  test('wait for several gives the highest status; down takes several', async () => {
    for (const code of [3, 9, 0]) {
      await lwdEnding(0, ['up', '-d', '--name', `many-${code}`, '--', String(code)], { cwd: status });
    }
    await lwdEnding(9, ['wait', 'many-3', 'many-9', 'many-0']);
    await lwdEnding(0, ['down', 'many-3', 'many-9']);
    expect(((await lwdJson(['ps'])) as Listed).domains.map(({ name }) => name)).toEqual(['many-0']);
  });
});
