/**
 * kill -9 at every step: of lwd, and of its script in dom0 with all that it runs. Whatever step it was, order is restored by
 * one `lwd reconcile`: no domain that is half-made or there twice, and nothing that no domain owns.
 */
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as crash from './crash-points.js';
import { dom0, guestFolder, lwd, lwdEnding, lwdJson } from './lwd.js';

const minutes = 60_000;
const cwd = guestFolder('status');
const lingering = guestFolder('linger');
let before: string[];

beforeAll(async () => {
  const volume = join(crash.scratch, 'volume');
  mkdirSync(volume);
  writeFileSync(join(volume, 'kept'), 'as it was\n');
  writeFileSync(join(crash.scratch, 'disk'), Buffer.alloc(65_536));
  // The first of each sort may leave what is kept once: images and programs that were sent, guests that were built.
  await lwdEnding(3, rich.args('first'), { cwd });
  await lwdEnding(0, ['up', '-d', '--name', 'first', '--', 'sleep'], { cwd: lingering });
  await lwdEnding(0, ['down', '--now', 'first']);
  before = await crash.look();
});

afterAll(async () => {
  await lwd(['down', '--now', '--all']);
  crash.forgetScratch();
});

/** With one of everything. */
const rich: crash.CrashRun = {
  args: (name) => [
    ...['up', '--name', name, '--volume', `${join(crash.scratch, 'volume')}:/data`],
    ...['--disk', `${join(crash.scratch, 'disk')}:xvda`, '--', '3'],
  ],
  cwd,
};
const detached: crash.CrashRun = { args: (name) => ['up', '-d', '--name', name, '--', 'sleep'], cwd: lingering };

/** Domains that were left alone run on; when they have ended they go, and then everything is as it was. */
async function nothingLeft(): Promise<void> {
  const names = await crash.reconciled();
  expect(crash.left()).toEqual([]);
  const { copies } = (await lwdJson(['copies'])) as { copies: { uuid: string }[] };
  if (names.length > 0) await lwdEnding(0, ['down', '--now', '--all']);
  // What a domain may have written is kept for its owner, and for nothing else.
  const kept = (await crash.look()).filter((line) => line.includes('/copies/'));
  expect(kept.length).toBe(copies.length);
  await dom0('sh', '-c', 'rm -rf /var/lib/lwd/copies/*');
  await expect.poll(crash.look, { timeout: 60_000, interval: 500 }).toEqual(before);
}

test('lwd dies: up', { timeout: 30 * minutes }, async () => {
  const steps = await crash.stepsOf(rich, 'whole', 3);
  expect(steps.length).toBeGreaterThan(15);
  await crash.crashAtEach(crash.pointsOf(steps), rich, 'rich', 3);
  await nothingLeft();
});

test('lwd dies: up -d, pin', { timeout: 30 * minutes }, async () => {
  const steps = await crash.stepsOf(detached, 'whole', 0);
  await crash.crashAtEach(crash.pointsOf(steps), detached, 'detached', 0);
  expect(await crash.reconciled()).toContain('whole');
  // This one changes a domain that stays: it is enough for all points, and the command once more does what it is for.
  const pin: crash.CrashRun = { args: () => ['pin', 'whole', '--cpus', '1'], cwd };
  await crash.crashAtEach(crash.pointsOf(await crash.stepsOf(pin, 'whole', 0)), pin, 'pin', 0);
  await lwdEnding(0, pin.args('whole'));
  await nothingLeft();
});

/**
 * Where lwd has begun something in dom0, and dies: it goes on there to its end, on a real Xen. All other points of these
 * commands are test/unit/crash's.
 */
async function dieDuring(step: number, words: string[]): Promise<void> {
  const env = { TMPDIR: crash.scratch, LWD_CRASH_AT: `${step}:during` };
  const { status, stderr } = await lwd(words, { cwd, env });
  expect(status, `${words.join(' ')}: ${stderr}`).toBeUndefined();
}

test('lwd dies: commands on a domain that is there', { timeout: 30 * minutes }, async () => {
  const name = 'stays';
  const flags = ['--name', name, '--lease', '10m', '--memory', '8M'];
  await lwdEnding(0, ['up', '-d', ...flags, '--', 'handle'], { cwd: lingering });
  // Done once more, each does what it is for.
  for (const words of [['pause'], ['unpause'], ['lease'], ['cpu', 'set'], ['pool', 'move'], ['mem', 'set']]) {
    const value = { cpu: ['1'], pool: ['Pool-0'], mem: ['7M'] }[words[0] ?? ''] ?? [];
    await dieDuring(['pool', 'mem'].includes(words[0] ?? '') ? 3 : 2, [...words, name, ...value]);
    await lwdEnding(0, [...words, name, ...value]);
  }
  // Its handler ends it, once.
  await dieDuring(2, ['kill', name]);
  await lwdEnding(7, ['wait', name]);
  expect(await crash.reconciled()).toEqual([name]);
  await dieDuring(2, ['rm', name]);
  await nothingLeft();
});

test('lwd dies: stop, down, pool create, rm', { timeout: 30 * minutes }, async () => {
  const cpus = async () =>
    (await dom0('xl', 'cpupool-list', '-c')).trim().split('\n').slice(1).join().replaceAll(/ +/g, ' ');
  const [free, made] = ['Pool-0 0,1', 'Pool-0 0,own 1'];
  for (const [words, done] of [
    [['pool', 'create', 'own', '--cpus', '1'], made],
    [['pool', 'rm', 'own'], free],
  ] as const) {
    await dieDuring(2, [...words]);
    // Made or not, but no CPU is in none.
    await expect.poll(cpus, { timeout: 60_000, interval: 100 }).toBeOneOf([free, made]);
    await lwd(words, { cwd });
    expect(await cpus(), words[1]).toBe(done);
  }
  await lwdEnding(0, ['up', '-d', '--count', '2', '--name', 'each', '--', 'sleep'], { cwd: lingering });
  await Promise.all([
    dieDuring(2, ['stop', 'each-0', '--grace', '60s']),
    dieDuring(4, ['down', 'each-1', '--grace', '60s']),
  ]);
  await expect.poll(crash.reconciled, { timeout: 60_000 }).toEqual(['each-0']);
  // Asked, it ends by itself.
  await lwdEnding(143, ['wait', 'each-0']);
  await nothingLeft();
});

/** One at a time, and each with a look: too much for every day. */
test.skipIf(!crash.takesAll)(
  'lwd dies: up with a card, and with a pool of its own',
  { timeout: 30 * minutes },
  async () => {
    const folder = join(crash.scratch, 'carded');
    mkdirSync(folder);
    copyFileSync(join(cwd, 'main.c'), join(folder, 'main.c'));
    const domain = 'domain: {memory: 8M}\nnetwork: [{bridge: xenbr0, ip: 10.9.9.9/24}]\n';
    writeFileSync(join(folder, 'lwd.yaml'), `name: carded\nbuild: {sources: [main.c]}\n${domain}`);
    const run: crash.CrashRun = {
      args: (name) => ['up', '--name', name, '--pool', 'exclusive', '--', '3'],
      cwd: folder,
      // A pool has no room for another one while a domain that lost its lwd is in it, or is only just being made.
      afterEach: () => expect.poll(noPools, { timeout: 60_000, interval: 200 }).toEqual(poolsOf(before)),
    };
    await lwdEnding(0, ['build'], { cwd: folder });
    // What is sent to the host once is there after this.
    await lwdEnding(3, run.args('first'), { cwd: folder });
    const points = crash.pointsOf(await crash.stepsOf(run, 'whole', 3));
    await crash.crashAtEach(points, run, 'carded', 3);
    await nothingLeft();
  },
);

const poolsOf = (lines: readonly string[]) => lines.filter((line) => /^(?:domain|pool) /.test(line));

async function noPools(): Promise<string[]> {
  await lwdEnding(0, ['down', '--now', '--all']);
  return poolsOf(await crash.look());
}

const wrapper = `#!/bin/sh
folder=\${0%/*} name=\${0##*/}
PATH=/usr/sbin:/usr/bin
read -r stat </proc/self/stat
set -- "$stat" "$@"
stat=\${1##*) }
shift
group=\${stat#* * } group=\${group%% *}
count=0
[ ! -e $folder/count ] || read -r count <$folder/count
count=$((count + 1))
echo $count >$folder/count
echo "$count $name $1 $2" >>$folder/steps
read -r at <$folder/at
[ "$count" != "$at" ] || kill -9 -$group
exec $name "$@"
`;

/** A folder of dom0 for each step: programs that count, and at that step end the script with all that it has started. */
async function wrap(numbers: readonly number[]): Promise<void> {
  const script = `
printf %s "$1" >/tmp/lwd-wrapper; chmod 755 /tmp/lwd-wrapper; shift
for at; do
  mkdir -p /tmp/lwd-die/$at; echo $at >/tmp/lwd-die/$at/at
  for name in xl xenstore-write xenstore-ls xenstore-rm rm truncate tail stat chmod mkdir; do
    cp /tmp/lwd-wrapper /tmp/lwd-die/$at/$name
  done
done`;
  await dom0('sh', '-c', script, 'sh', wrapper, ...numbers.map(String));
}

/** With a pool of CPUs of its own, and leases: test/unit/xl/script/script-crash.test.ts, which needs no Xen. */
test("lwd's script in dom0 dies", { timeout: 30 * minutes }, async () => {
  const dyingAt = (number: number) => ({ LWD_CRASH_PATH: `/tmp/lwd-die/${number}`, TMPDIR: crash.scratch });
  await wrap([0]);
  await lwdEnding(3, rich.args('die-0'), { cwd, env: dyingAt(0) });
  const steps = (await dom0('cat', '/tmp/lwd-die/0/steps')).trimEnd().split('\n');
  expect(steps.length).toBeGreaterThan(6);
  const numbers = steps.map((_, index) => index + 1);
  await wrap(numbers);
  await crash.inTurns(numbers, crash.atOnce, async (number) => {
    const ended = await lwd(rich.args(`die-${number}`), { cwd, env: dyingAt(number) });
    // Copies are made by scripts of their own, before; its last steps are not waited for.
    expect([3, 69, 75], `${steps[number - 1]}: ${ended.stderr}`).toContain(ended.status);
  });
  await dom0('rm', '-rf', '/tmp/lwd-die', '/tmp/lwd-wrapper');
  await nothingLeft();
});

/** In the place of xl: that, but creating is ended in the middle, so many seconds after it began. */
const killedXl = (seconds: number) => `#!/bin/sh
PATH=\${PATH#*:}
[ "$1" = create ] || exec xl "$@"
xl "$@" &
sleep ${seconds}
kill -9 $! $$
`;

test('xl dies while it makes a domain: nothing is left, its name is free', { timeout: 10 * minutes }, async () => {
  const install = 'mkdir -p /tmp/lwd-kill; printf %s "$1" >/tmp/lwd-kill/xl; chmod 755 /tmp/lwd-kill/xl';
  const statuses: unknown[] = [];
  for (const seconds of [0, 0.02, 0.04, 0.08]) {
    await dom0('sh', '-c', install, 'sh', killedXl(seconds));
    const args = ['up', '--name', 'die-xl', '--', '3'];
    const ended = await lwd(args, { cwd, env: { LWD_CRASH_PATH: '/tmp/lwd-kill' } });
    statuses.push(ended.status);
    // 3 or 75: it was there already.
    expect([3, 73, 75], ended.stderr).toContain(ended.status);
    if (ended.status === 73) expect(ended.stderr).toContain('xl died while it made the domain');
    if (ended.status === 75) await lwdEnding(0, ['down', 'die-xl', '--now']);
    await lwdEnding(3, args, { cwd });
  }
  expect(statuses).toContain(73);
  await dom0('rm', '-rf', '/tmp/lwd-kill');
  await nothingLeft();
});
