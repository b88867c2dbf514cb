/**
 * Domains without end: creates, runs and destroys them, as PV and as PVH, and compares what the host has with what it had
 * before. Every difference is a leak.
 *
 *   npm run soak [-- --cycles 2000] [--types pv,pvh] [--parallel 4] [--faults]
 *
 * With --faults dom0's xenstored stands still for 30 s in between, which is longer than xl's own time-outs: whatever becomes of
 * the domains that are made meanwhile, nothing is left of them.
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
const { values } = parseArgs({
  options: {
    cycles: { type: 'string', default: '2000' },
    types: { type: 'string', default: 'pv,pvh' },
    parallel: { type: 'string', default: '4' },
    faults: { type: 'boolean', default: false },
  },
});

/** lwd as run() and must() take it. */
const own = (args) => [process.execPath, [lwd, ...args]];

const leaks = readFileSync(join(root, 'scripts/leaks.sh'), 'utf8');

async function count() {
  const { status, stdout } = await run(...own(['host', 'ssh', '--', 'sh', '-c', leaks]), { collect: true });
  if (status !== 0) throw new Error(`dom0 could not be looked at: status ${status}`);
  return new Map(
    stdout
      .trim()
      .split('\n')
      .map((line) => line.split(' ')),
  );
}

/** What differs. Memory by up to a MiB is Xen's own affair. */
function difference(before, after) {
  return [...new Set([...before.keys(), ...after.keys()])].filter((what) => {
    if (what === 'free_memory') return Number(after.get(what)) < Number(before.get(what)) - 1;
    return before.get(what) !== after.get(what);
  });
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

await must(...own(['build']), { cwd: project });
const types = values.types.split(',');
// The first of each kind leaves what is kept once.
for (const type of types) await cycles(type, 4);
const before = await count();
let done = 0;
let failed = 0;
const began = performance.now();
while (done < Number(values.cycles)) {
  const number = Math.min(batch, Number(values.cycles) - done);
  const type = types[((done / batch) % types.length) | 0];
  const status = await cycles(type, number);
  done += number;
  if (status !== 0) failed += 1;
  const { differs } = await settled(before);
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  console.log(`${done} cycles, ${type}: status ${status}, left: ${differs.join(' ') || 'nothing'} (${seconds} s)`);
}
if (values.faults) {
  const pause = 'p=$(pidof xenstored); kill -STOP $p; sleep 30; kill -CONT $p';
  const standing = run(...own(['host', 'ssh', '--', 'sh', '-c', pause]), { collect: true });
  const status = await cycles(types[0], 4);
  await standing;
  await must(...own(['reconcile', '--older-than', '0s']), { collect: true });
  console.log(`xenstored stood still for 30 s: status ${status}`);
}
const { after, differs } = await settled(before);
for (const what of before.keys()) console.log(`${what}  ${before.get(what)} → ${after.get(what)}`);
console.log(
  `soak: ${done} cycles, ${failed} batches failed, ${differs.length} leaks${differs.map((what) => ` ${what}`).join('')}`,
);
if (failed > 0 || differs.length > 0) process.exitCode = 1;
