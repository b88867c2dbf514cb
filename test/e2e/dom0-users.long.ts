/**
 * Where a computing centre installs it (`npm run dom0`): `lwd broker` as a daemon in a dom0, and two users of that dom0, whom its
 * own kernel tells apart. No compiler, no environment, no home of the daemon's.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { insideAs, installInDom0, removeFromDom0 } from './inside-dom0.js';
import { dom0, type RunningLwd, startLwd, xenDomains } from './lwd.js';

const small = ['--memory', '16M'];
const daemon = 'echo $$ >/run/lwd-broker.pid; exec env -i PATH="$PATH" lwd broker serve';

let broker: RunningLwd | undefined;

beforeAll(installInDom0);
afterAll(removeFromDom0);

test('a daemon without environment or home, and two users whom that kernel tells apart', async () => {
  broker = startLwd(['host', 'ssh', '--', 'sh', '-c', daemon], { timeout: 1_200_000 });
  await broker.complained('ready at /run/lwd/broker.sock');
  const files = ['--volume', '/home/bob:/data', '--disk', './xvda:xvda:ro', '--disk', './xvdb:xvdb'];
  const [, run] = await Promise.all([
    insideAs('alice', 0, 'up', '-d', './linger', ...small, '--name', 'hers', '--', 'sleep'),
    insideAs('bob', 7, 'up', './bundle', ...small, ...files, '--', '7'),
  ]);
  for (const place of ['/data/given', '/dev/xvda']) expect(run.stdout).toContain(`${place}: secret bob\n`);
  expect(await dom0('stat', '-c', '%u %g', '/home/bob/left')).toBe('65002 65002\n');
  expect(await dom0('head', '-n1', '/home/bob/xvdb')).toBe('left behind\n');
  const [mine, his] = await Promise.all([insideAs('alice', 0, 'ps'), insideAs('bob', 0, 'ps')]);
  expect(mine.stdout).toMatch(/^hers +\d+ +running/m);
  expect(his.stdout).not.toContain('hers');
  const [log, none] = await Promise.all([insideAs('alice', 0, 'logs', 'hers'), insideAs('bob', 127, 'logs', 'hers')]);
  expect(log.stdout).toBe('ready to sleep\n');
  expect(none.stdout).toBe('');
  const [, taken] = await Promise.all([
    insideAs('bob', 127, 'down', '--now', 'hers'),
    insideAs('bob', 77, 'up', './linger', ...small, '--name', 'hers', '--', 'sleep'),
  ]);
  expect(taken.stderr).toContain("the name hers is somebody else's");
  expect(await xenDomains()).toEqual(['hers']);
  // What is not a disk of his, though he can see that it is there.
  await dom0('chmod', '711', '/home/alice');
  const [foreign] = await Promise.all([
    insideAs('bob', 77, 'up', './linger', ...small, '--disk', '/home/alice/xvdb:xvda', '--', 'sleep'),
    insideAs('alice', 0, 'down', 'hers'),
  ]);
  expect(foreign.stderr).toContain('disk xvda: /home/alice/xvdb may not be used by you');
  expect(await xenDomains()).toEqual([]);
  expect(await dom0('losetup', '-a')).toBe('');
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
    '65002 allowed',
    '65002 refused',
    '65002 refused',
  ]);
});
