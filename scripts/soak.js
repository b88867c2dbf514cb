/**
 * Domains without end: creates, runs and destroys them, as PV and as PVH, and compares what the host has with what it had
 * before. Every difference is a leak.
 *
 *   npm run soak [-- --cycles 2000] [--types pv,pvh] [--parallel 4] [--residents 0] [--kill-xl 0] [--faults]
 *
 * With --kill-xl so many more are begun at the end whose xl is killed in dom0 at some moment of their making, or right after it:
 * each is made, or said not to be, and nothing is left of those that are not.
 *
 * With --residents so many other domains are there all the while, and are to be there at the end. With --faults dom0's xenstored
 * stands still for 30 s and for 120 s at the end, which is longer than xl's own time-outs: whatever becomes of the domains that
 * are made meanwhile, lwd says one of the things that it may say, and nothing is left of them.
 *
 * LWD_HOST says on which host, as ever; in dom0 everything is counted by scripts/leaks.sh. Ends with 1 if a domain did not
 * end as it should, or if anything is left.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { lwd, must, root, run } from './set-up.js';

/** So many domains a command: what is asked for together has to have room together. */
const batch = 100;
const project = join(root, 'test/guest/status');
const staying = join(root, 'test/guest/linger');
/** Of domains that were made while xenstored stood still: made after all, no host, not made, too late, not known. */
const allowed = new Set([0, 69, 73, 74, 75, 124, 125]);
const { values } = parseArgs({
  options: {
    cycles: { type: 'string', default: '2000' },
    types: { type: 'string', default: 'pv,pvh' },
    parallel: { type: 'string', default: '4' },
    residents: { type: 'string', default: '0' },
    'kill-xl': { type: 'string', default: '0' },
    faults: { type: 'boolean', default: false },
  },
});

/** lwd as run() and must() take it. */
const own = (args) => [process.execPath, [lwd, ...args]];

const leaks = readFileSync(join(root, 'scripts/leaks.sh'), 'utf8');

async function count() {
  const { status, stdout } = await run(...own(['host', 'ssh', '--', 'sh', '-c', leaks, 'sh', 'memory']), {
    collect: true,
  });
  if (status !== 0) throw new Error(`dom0 could not be looked at: status ${status}`);
  return new Map(
    stdout
      .trim()
      .split('\n')
      .map((line) => line.split(' ')),
  );
}

const ofDaemon = (what) => what.startsWith('memory-of-');

/** What differs. Memory by up to a MiB is Xen's own affair. That of daemons is judged at the end, by grown(). */
function difference(before, after) {
  return [...new Set([...before.keys(), ...after.keys()])].filter((what) => {
    const [was, is] = [Number(before.get(what)), Number(after.get(what))];
    if (what === 'free_memory') return is < was - 1;
    if (ofDaemon(what)) return false;
    return before.get(what) !== after.get(what);
  });
}

/** Daemons that take more than a hundredth, and the 256 KiB that malloc keeps, beyond what they took once they had made many. */
function grown(warm, after) {
  return [...warm.keys()].filter(
    (what) => ofDaemon(what) && Number(after.get(what)) > Number(warm.get(what)) * 1.01 + 256,
  );
}

async function settled(before) {
  for (let look = 0; ; look++) {
    const after = await count();
    const differs = difference(before, after);
    if (differs.length === 0 || look === 30) return { after, differs };
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

async function cycles(type, number) {
  const many = ['--count', String(number), '--parallel', values.parallel, '--memory', '8M'];
  const flags = [...many, '--type', type, '--name', `soak-${type}`];
  const { status } = await run(...own(['up', ...flags, '--quiet', '--', '0']), { cwd: project, collect: true });
  return status;
}

/** Those of the residents that run. */
async function residents() {
  const { stdout } = await must(...own(['ps', '--json', '--selector', 'name=resident*']), { collect: true });
  return JSON.parse(stdout).domains.filter(({ state }) => state === 'running').length;
}

/** Gives whether lwd ended in one of the ways that are allowed. */
async function withoutXenstore(type, seconds) {
  const pause = `p=$(pidof xenstored); kill -STOP $p; sleep ${seconds}; kill -CONT $p`;
  const standing = run(...own(['host', 'ssh', '--', 'sh', '-c', pause]), { collect: true });
  const status = await cycles(type, 4);
  await standing;
  await must(...own(['reconcile', '--older-than', '0s']), { collect: true });
  console.log(`xenstored stood still for ${seconds} s: status ${status}`);
  return allowed.has(status);
}

/** In the place of xl in dom0: that, but who creates is ended up to 0.4 s after it began. */
const killedXl = `#!/bin/sh
PATH=\${PATH#*:}
[ "$1" = create ] || exec xl "$@"
read -r now rest </proc/uptime
xl "$@" &
sleep 0.$(printf %03d $((($$ * 37 + \${now#*.} * 13) % 400)))
kill -9 $! $$
`;

/** What lwd said of how many. */
const toldText = (told) => [...told].map(([status, count]) => `status ${status} of ${count}`).join(', ');

/** Gives how many were told in another way than is allowed. What is left is looked at after each hundred. */
async function withoutXl(type, number) {
  const install = 'mkdir -p /tmp/lwd-kill && printf %s "$1" >/tmp/lwd-kill/xl && chmod 755 /tmp/lwd-kill/xl';
  await must(...own(['host', 'ssh', '--', 'sh', '-c', install, 'sh', killedXl]), { collect: true });
  const told = new Map();
  for (let done = 0; done < number; done += 20) {
    const flags = ['--count', String(Math.min(20, number - done)), '--parallel', values.parallel, '--memory', '8M'];
    const { stdout } = await run(...own(['up', ...flags, '--type', type, '--name', 'kill', '--json', '--', '0']), {
      cwd: project,
      collect: true,
      env: { LWD_CRASH_PATH: '/tmp/lwd-kill' },
    });
    for (const { status } of JSON.parse(stdout).domains) told.set(status, (told.get(status) ?? 0) + 1);
    // Some are there, and nobody stays with them.
    await run(...own(['down', '--now', '--quiet', '--selector', 'name=kill-*']), { collect: true });
    const so = Math.min(done + 20, number);
    if (so % batch !== 0) continue;
    const { differs } = await settled(before);
    console.log(`${so} times xl killed: ${toldText(told)}, left: ${differs.join(' ') || 'nothing'} (${seconds()} s)`);
  }
  await must(...own(['host', 'ssh', '--', 'rm', '-rf', '/tmp/lwd-kill']), { collect: true });
  console.log(`xl killed: ${toldText(told)}`);
  return [...told].filter(([status]) => !allowed.has(status)).reduce((sum, [, count]) => sum + count, 0);
}

await must(...own(['build']), { cwd: project });
const types = values.types.split(',');
// The first of each kind leaves what is kept once.
for (const type of types) await cycles(type, 4);
if (Number(values.residents) > 0) {
  await must(...own(['build']), { cwd: staying });
  const flags = ['--detach', '--quiet', '--count', values.residents, '--memory', '8M', '--name', 'resident'];
  await must(...own(['up', ...flags, '--', 'sleep']), { cwd: staying });
}
const before = await count();
/** As it is after the first batch of each type: by then daemons have what they keep. */
let warm = before;
let done = 0;
let failed = 0;
const began = performance.now();
const seconds = () => ((performance.now() - began) / 1000).toFixed(0);
while (done < Number(values.cycles)) {
  const number = Math.min(batch, Number(values.cycles) - done);
  const type = types[((done / batch) % types.length) | 0];
  const status = await cycles(type, number);
  done += number;
  if (status !== 0) failed += 1;
  const { after, differs } = await settled(before);
  if (done <= types.length * batch) warm = after;
  console.log(`${done} cycles, ${type}: status ${status}, left: ${differs.join(' ') || 'nothing'} (${seconds()} s)`);
}
if (Number(values['kill-xl']) > 0) failed += await withoutXl(types[0], Number(values['kill-xl']));
if (values.faults) for (const seconds of [30, 120]) if (!(await withoutXenstore(types[0], seconds))) failed += 1;
const stayed = await residents();
if (stayed !== Number(values.residents)) failed += 1;
const { after, differs } = await settled(before);
differs.push(...grown(warm, after));
for (const what of before.keys())
  console.log(`${what}  ${(ofDaemon(what) ? warm : before).get(what)} → ${after.get(what)}`);
if (stayed > 0) await must(...own(['down', '--now', '--selector', 'name=resident*']), { collect: true });
console.log(
  `soak: ${done} cycles, ${stayed} residents, ${failed} batches failed, ${differs.length} leaks${differs.map((what) => ` ${what}`).join('')}`,
);
if (failed > 0 || differs.length > 0) process.exitCode = 1;
