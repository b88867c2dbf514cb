/**
 * `lwd up --pool-size`: domains that wait for what they are to run. Whoever claims one gets it alone and whole; nobody else is
 * touched; and whatever is killed, no shell is left that nobody can use.
 */
import { appendFileSync, copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ensureDom0Program } from '../../src/toolchain/dom0-program.js';
import * as crash from './crash-points.js';
import { dom0, guestFolder, lwd, lwdEnding, lwdJson, type RunOptions } from './lwd.js';

const folder = mkdtempSync(join(tmpdir(), 'lwd-shells-'));
/** An image of nobody else's, so that the pool is this test's. */
const image = join(folder, 'echo');
/** Another one, which stays. */
const lingering = join(folder, 'linger');
const up = (size: number, ...more: string[]) => ['up', image, '--memory', '8M', '--pool-size', String(size), ...more];
let before: string[];

interface Listed {
  name: string;
  state: string;
  uuid: string;
  image: string | null;
}

interface Ran {
  uuid: string;
  shell: { claimed: boolean; why?: string };
}

beforeAll(async () => {
  await lwdEnding(0, ['build'], { cwd: guestFolder('echo') });
  await lwdEnding(0, ['build'], { cwd: guestFolder('linger') });
  copyFileSync(join(guestFolder('echo'), '.lwd/build/echo'), image);
  copyFileSync(join(guestFolder('linger'), '.lwd/build/linger'), lingering);
  // What is kept once, as the programs that were sent, is there after this.
  await lwdEnding(0, up(0));
  before = await crash.look();
}, 400_000);

afterAll(async () => {
  await lwd(['down', '--all', '--now']);
  rmSync(folder, { recursive: true, force: true });
});

async function shells(): Promise<Listed[]> {
  const { domains } = (await lwdJson(['ps'])) as { domains: Listed[] };
  return domains.filter(({ state }) => state === 'shell');
}

/** Waits until so many can be claimed; gives their UUIDs. */
async function ready(count: number): Promise<string[]> {
  let uuids: string[] = [];
  const look = async () => {
    uuids = (await shells()).filter((shell) => shell.image !== null).map(({ uuid }) => uuid);
    return uuids.length;
  };
  await expect.poll(look, { timeout: 60_000, interval: 300 }).toBe(count);
  return uuids.sort();
}

async function nothingLeft(): Promise<void> {
  await expect.poll(crash.look, { timeout: 60_000, interval: 500 }).toEqual(before);
  expect(await dom0('sh', '-c', 'ls /run/lwd/shells')).toBe('');
}

/** What a domain prints goes to a file, and the report to us. */
async function run(args: string[], options: RunOptions = {}): Promise<Ran & { printed: string[] }> {
  const [front, back = []] = args.includes('--')
    ? [args.slice(0, args.indexOf('--')), args.slice(args.indexOf('--'))]
    : [args];
  const ended = await lwdEnding(0, [...front, '--json', ...back], options);
  const text = (hex: string) => Buffer.from(hex, 'hex').toString();
  const printed = [...ended.stderr.matchAll(/^(arg|env|line) ([0-9a-f]*)$/gm)].map(([, , hex = '']) => text(hex));
  return { ...(JSON.parse(ended.stdout) as Ran), printed };
}

test('a domain that was a shell is like any other', { timeout: 400_000 }, async () => {
  const first = await run(up(2));
  expect(first.shell).toEqual({ claimed: false, why: 'no shell was ready' });
  const waiting = await ready(2);
  const words = ['input', 'two words', 'ünï', '"\\\n'];
  const told = ['--name', 'told', '--env', 'A=b c'];
  const [one, two] = await Promise.all([
    run(up(2, ...told, '--', ...words), { input: 'hello\nend\n' }),
    run(up(2, '--name', 'other')),
  ]);
  expect(one.printed).toEqual(['echo', ...words, 'A=b c', 'hello\n']);
  expect([one.shell, two.shell]).toEqual([{ claimed: true }, { claimed: true }]);
  expect([one.uuid, two.uuid].sort()).toEqual(waiting);

  const [left = ''] = await ready(2);
  await lwdEnding(0, ['pause', '--all']);
  expect((await lwd(['pause', left])).status).toBe(64);
  const name = (await lwdEnding(0, up(2, '-d', '--name', 'left', '--', 'said'))).stdout.trim();
  expect(name).toBe('left');
  await lwdEnding(0, ['wait', 'left']);
  expect((await lwdEnding(0, ['logs', 'left'])).stdout).toContain(`arg ${Buffer.from('said').toString('hex')}`);
  expect(await ready(2)).toHaveLength(2);
  // It is there, and has its name: nobody else gets that, and the shells stay.
  const taken = await lwd(up(2, '--name', 'left'));
  expect([taken.status, taken.stderr]).toEqual([73, expect.stringContaining('is there already')]);
  expect(await ready(2)).toHaveLength(2);
  await lwdEnding(0, ['rm', 'left']);

  const shared = await lwdEnding(0, up(1, '--volume', `${folder}:/data:ro`));
  expect(shared.stderr).toContain('no shell is used: it has volumes');
});

test('those that nobody can use any more go', { timeout: 400_000 }, async () => {
  await lwdEnding(0, up(2));
  const old = await ready(2);
  appendFileSync(image, '\0');
  const rebuilt = await run(up(1));
  expect(rebuilt.shell.claimed).toBe(false);
  await expect.poll(async () => (await shells()).filter(({ uuid }) => old.includes(uuid)).length).toBe(0);
  const [mine = ''] = await ready(1);
  // Its keeper and its xl are killed, as by a dom0 without memory.
  const kill = `
    read -r keeper rest <"/run/lwd/domains/$1" && kill -9 $keeper
    for xl in $(pidof xl); do ! grep -qs "$1" /proc/$xl/cmdline || kill -9 $xl; done`;
  await dom0('sh', '-c', kill, 'sh', mine);
  expect((await shells()).map(({ uuid }) => uuid)).not.toContain(mine);
  expect((await run(up(3))).shell.claimed).toBe(false);
  await ready(3);
  expect((await run(up(0))).shell.claimed).toBe(true);
  await nothingLeft();
  await lwdEnding(0, up(1, '--count', '3', '--parallel', '3'));
  await ready(1);
  await lwdEnding(0, ['down', '--all', '--now']);
  await nothingLeft();
});

/** Whoever claims in dom0, killed between the lease and the claim: by what it runs for the lease. */
async function dieClaiming(lease: string): Promise<void> {
  const { sha256 } = await ensureDom0Program('process-channel', new AbortController().signal);
  const claim = `name=$(xl list | grep -o '^lwd-shell-[0-9a-f]*-') kill='${lease}; kill -9 $PPID'
    /var/lib/lwd/pushed/${sha256} claim $name torn '{}' -- /bin/sh -c "$kill" sh`;
  await dom0('sh', '-c', `${claim} || true`);
}

test('a lease is there with the claim, or there is no claim', { timeout: 400_000 }, async () => {
  const staying = (name: string, ...more: string[]) => [
    ...['up', lingering, '--memory', '8M', '--pool-size', '1', '-d', '--name', name],
    ...[...more, '--', 'sleep'],
  ];
  await lwdEnding(0, staying('first'));
  const [shell = ''] = await ready(1);
  await dieClaiming('echo "0 1 1" >"/run/lwd/domains/$1.lease"');
  // It is as it was, and nobody's old lease ends who claims it now.
  expect(await ready(1)).toEqual([shell]);
  await lwdEnding(0, staying('stays'));
  expect(await dom0('sh', '-c', `ls /run/lwd/domains/${shell}*`)).not.toContain('lease');
  // An lwd that is killed at any step leaves no domain that runs past its lease.
  const kept = ['first', 'stays'];
  const pooled: crash.CrashRun = {
    args: (name) => staying(name, '--lease', '6s'),
    cwd: folder,
    // Each finds a shell: without one it would be no claim.
    afterEach: async () => {
      const name = `refill-${kept.length}`;
      if ((await shells()).length === 0) {
        kept.push(name);
        await lwdEnding(0, staying(name));
      }
      await ready(1);
    },
  };
  await ready(1);
  const steps = await crash.stepsOf(pooled, 'whole', 0);
  await ready(1);
  await crash.crashAtEach(crash.someOf(crash.pointsOf(steps), 3), pooled, 'leased', 0);
  const left = async () => {
    const { domains } = (await lwdJson(['ps'])) as { domains: Listed[] };
    return domains.filter(({ state }) => state !== 'shell').map(({ name }) => name);
  };
  await expect.poll(async () => (await left()).sort(), { timeout: 60_000, interval: 500 }).toEqual(kept.sort());
  await lwdEnding(0, ['down', '--all', '--now']);
  await nothingLeft();
});

test('lwd dies at any step of claiming, and of filling', { timeout: 600_000 }, async () => {
  const pooled: crash.CrashRun = { args: (name) => up(1, '-d', '--name', name), cwd: folder };
  await lwdEnding(0, up(1));
  await ready(1);
  const steps = await crash.stepsOf(pooled, 'whole', 0);
  await crash.crashAtEach(crash.pointsOf(steps), pooled, 'pooled', 0);
  await lwdEnding(0, ['reconcile', '--older-than', '0s']);
  // The last of them may have claimed one and not come to ask for another.
  await lwdEnding(0, up(1, '--name', 'after'));
  await ready(1);
  const { domains } = (await lwdJson(['ps'])) as { domains: Listed[] };
  for (const { name, image: made } of domains) expect(made, `${name} is half-made`).not.toBeNull();
  await lwdEnding(0, ['down', '--all', '--now']);
  await nothingLeft();
});
