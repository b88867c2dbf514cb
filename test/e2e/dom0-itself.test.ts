/**
 * Where a computing centre installs it: lwd in a dom0 itself. As root without any ssh, there is none in there; and `lwd broker` as a daemon
 * with two users of that dom0's, who are told apart by its own kernel. No compiler, no environment, no home of the daemon's.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { installed, putInDom0 } from './inside-dom0.js';
import { dom0, guestFolder, lwdEnding, type RunningLwd, startLwd, xenDomains } from './lwd.js';

const guests = ['bundle', 'linger'] as const;
const small = ['--memory', '16M'];

const policy = `version: 1
rules:
  - groups: [hpc]
    domains: 2
    memory: 96M
    volumes: [/home]`;

/** As an administrator would; else that dom0 knows root alone. */
const settle = `set -e
chmod 755 /
chmod 1777 /tmp
cp /etc/passwd /etc/group /root
mkdir /etc/lwd
echo "$1" >/etc/lwd/policy.yaml
ln -s /opt/lwd/bin/run.js /usr/bin/lwd
number=65000
for user in alice bob; do
  number=$((number + 1))
  echo "$user:x:$number:$number::/home/$user:/bin/sh" >>/etc/passwd
  echo "$user:x:$number:" >>/etc/group
  mkdir -p /home/$user
  cp -r /opt/guests/. /home/$user
  echo "secret $user" >/home/$user/given
  chown -R $number:$number /home/$user
  chmod 700 /home/$user
done
echo 'hpc:x:65100:alice,bob' >>/etc/group`;

const unsettle = `mv /root/passwd /root/group /etc
rm -rf /home /etc/lwd /opt/guests /var/lib/lwd/broker /var/log/lwd-audit.jsonl /root/.cache ${installed}`;

/** By that dom0's own su, so with the groups that it knows. */
const asUser = `exec su "$0" -c 'cd && exec lwd "$@"' -- sh "$@"`;
const daemon = 'echo $$ >/run/lwd-broker.pid; exec env -i PATH="$PATH" lwd broker serve';

let broker: RunningLwd | undefined;

beforeAll(async () => {
  for (const guest of guests) await lwdEnding(0, ['build'], { cwd: guestFolder(guest) });
  await putInDom0(guests.map((guest) => join(guestFolder(guest, '.lwd/build'), guest)));
  await dom0('sh', '-c', settle, 'sh', policy);
});

afterAll(async () => {
  await lwdEnding(0, ['down', '--all', '--now']);
  await dom0('sh', '-c', unsettle);
});

/** A command of lwd's in there, as root. */
const inside = (status: number, ...args: string[]) => lwdEnding(status, ['host', 'ssh', '--', 'lwd', ...args]);

/** The same as a user, from his home. */
const as = (user: 'alice' | 'bob', status: number, ...args: string[]) =>
  lwdEnding(status, ['host', 'ssh', '--', 'sh', '-c', asUser, user, ...args]);

test('root: what is missing there, and a domain with a folder, with neither ssh nor a compiler', async () => {
  await dom0('sh', '-c', '! command -v ssh clang-19');
  const found = (await inside(0, 'doctor')).stdout;
  expect(found).toContain('host local (this is a Xen control domain): xl works');
  expect(found).toContain('no clang-19 (to build; images that were built elsewhere run without)');
  const ended = await inside(7, 'up', '/opt/guests/bundle', ...small, '--volume', '/home/alice:/data', '--', '7');
  expect(ended.stdout).toContain('/data/given: secret alice\n');
  // A folder's server is who owns the folder.
  expect(await dom0('stat', '-c', '%u', '/home/alice/left')).toBe('65001\n');
  expect((await inside(0, 'ps')).stdout).not.toContain('bundle');
  expect(await xenDomains()).toEqual([]);
});

test('a daemon without environment or home, and two users whom that kernel tells apart', async () => {
  broker = startLwd(['host', 'ssh', '--', 'sh', '-c', daemon], { timeout: 1_200_000 });
  await broker.complained('ready at /run/lwd/broker.sock');
  const volume = ['--volume', '/home/bob:/data'];
  const [, run] = await Promise.all([
    as('alice', 0, 'up', '-d', './linger', ...small, '--name', 'hers', '--', 'sleep'),
    as('bob', 7, 'up', './bundle', ...small, ...volume, '--', '7'),
  ]);
  expect(run.stdout).toContain('/data/given: secret bob\n');
  expect(await dom0('stat', '-c', '%u %g', '/home/bob/left')).toBe('65002 65002\n');
  const [mine, his] = await Promise.all([as('alice', 0, 'ps'), as('bob', 0, 'ps')]);
  expect(mine.stdout).toMatch(/^hers +\d+ +running/m);
  expect(his.stdout).not.toContain('hers');
  const [log, none] = await Promise.all([as('alice', 0, 'logs', 'hers'), as('bob', 127, 'logs', 'hers')]);
  expect(log.stdout).toBe('ready to sleep\n');
  expect(none.stdout).toBe('');
  const [, taken] = await Promise.all([
    as('bob', 127, 'down', '--now', 'hers'),
    as('bob', 77, 'up', './linger', ...small, '--name', 'hers', '--', 'sleep'),
  ]);
  expect(taken.stderr).toContain("the name hers is somebody else's");
  expect(await xenDomains()).toEqual(['hers']);
  await as('alice', 0, 'down', 'hers');
  expect(await xenDomains()).toEqual([]);
});

test('the daemon ends when it is told to, and has written down who did what', async () => {
  await dom0('sh', '-c', 'kill "$(cat /run/lwd-broker.pid)"; rm /run/lwd-broker.pid');
  expect((await broker?.ended)?.status).toBe(0);
  await dom0('sh', '-c', '! [ -e /run/lwd/broker.sock ]');
  const lines = (await dom0('cat', '/var/log/lwd-audit.jsonl')).trimEnd().split('\n');
  const entries = lines.map((line) => JSON.parse(line) as { uid: number; request: string; decision: string });
  expect(new Set(entries.map(({ uid }) => uid))).toEqual(new Set([65_001, 65_002]));
  const launches = entries.filter(({ request }) => request === 'launch');
  expect(launches.map(({ uid, decision }) => `${uid} ${decision}`).sort()).toEqual([
    '65001 allowed',
    '65002 allowed',
    '65002 refused',
  ]);
});
