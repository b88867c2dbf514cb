/**
 * The script that makes or removes a pool, ended before and after each change of xl's; then somebody looks, and order is made.
 * The scripts run here for real, with a stand-in for xl that keeps the CPUs in files.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LocalHost } from '../../../../src/host/local.js';
import { listDomains } from '../../../../src/xl/observed/status.js';
import { createPool, removePool } from '../../../../src/xl/place/pool.js';

const path = process.env.PATH;
const cpus = ['0', '1', '2', '3'];
let folder: string;

/** A file for each CPU with the pool that has it, and one for each pool. Looks are no changes, and nobody dies at them. */
const xl = `#!/bin/sh
cd "$FAKE_DOM0/host" || exit
die() {
  [ "$1$n" != "$CRASH_AT" ] || kill -9 -$group
}
list() { for cpu in 0 1 2 3; do [ "$(cat cpus/$cpu)" != "$1" ] || printf '%s,' $cpu; done; }
case "$1" in
list) exit ;;
cpupool-list)
  [ -z "$2" ] || [ "$2" = -c ] || { [ -e "pools/$2" ]; exit; }
  for pool in pools/*; do
    name=\${pool#*/} own=$(list \${pool#*/})
    if [ "$2" = -c ]; then echo "$name  \${own%,}"; else echo "$name  0  credit2  y  0"; fi
  done
  exit ;;
esac
read -r stat </proc/self/stat
stat=\${stat##*) } group=\${stat#* * } group=\${group%% *}
n=0
[ ! -e count ] || read -r n <count
n=$((n + 1))
echo $n >count
die before
case "$1" in
cpupool-cpu-remove) [ "$(cat cpus/$3)" = "$2" ] && : >cpus/$3 ;;
cpupool-cpu-add) [ -z "$(cat cpus/$3)" ] && echo "$2" >cpus/$3 ;;
cpupool-create)
  name=\${2#*\\"} name=\${name%\\"} own=\${4#*\\"} own=\${own%\\"}
  : >"pools/$name"
  for cpu in $(echo "$own" | tr , ' '); do [ -z "$(cat cpus/$cpu)" ] && echo "$name" >cpus/$cpu; done ;;
cpupool-destroy)
  [ -e "pools/$2" ] || exit 1
  for cpu in 0 1 2 3; do [ "$(cat cpus/$cpu)" != "$2" ] || : >cpus/$cpu; done
  rm "pools/$2" ;;
esac
status=$?
die after
exit $status
`;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lwd-pools-'));
  for (const name of ['bin', 'runs', 'host/cpus', 'host/pools']) mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, 'bin/xl'), xl, { mode: 0o755 });
  writeFileSync(join(folder, 'host/pools/Pool-0'), '');
  for (const cpu of cpus) writeFileSync(join(folder, 'host/cpus', cpu), 'Pool-0\n');
  process.env.PATH = `${join(folder, 'bin')}:${path}`;
  process.env.FAKE_DOM0 = folder;
  process.env.LWD_RUNS = join(folder, 'runs');
});

afterEach(() => {
  process.env.PATH = path;
  delete process.env.LWD_RUNS;
  delete process.env.CRASH_AT;
  rmSync(folder, { recursive: true, force: true });
});

const pools = () => readdirSync(join(folder, 'host/pools'));
const owners = () => cpus.map((cpu) => readFileSync(join(folder, 'host/cpus', cpu), 'utf8').trim());
const written = () => readdirSync(join(folder, 'cpupools'));
const create = () => createPool(new LocalHost(), 'own', '2-3', 'credit2');
const remove = () => removePool(new LocalHost(), 'own');

test('a pool is made and removed, and nothing is written down any more', async () => {
  expect(await create()).toMatchObject({ name: 'own', cpus: [2, 3] });
  expect(owners()).toEqual(['Pool-0', 'Pool-0', 'own', 'own']);
  expect(written()).toEqual([]);
  await remove();
  expect(owners()).toEqual(Array(4).fill('Pool-0'));
  expect(written()).toEqual([]);
});

/** Both take three changes: two CPUs and the pool. */
const points = [1, 2, 3].flatMap((number) => [`before${number}`, `after${number}`]);

test.each(points)('made as far as %s: the next look gives all CPUs back, if the pool is not whole', async (point) => {
  process.env.CRASH_AT = point;
  const made = await create().catch(() => undefined);
  expect(written()).toEqual(['own']);
  await listDomains(new LocalHost());
  expect(written()).toEqual([]);
  // What was told as made, stays.
  expect(made !== undefined).toBe(point === 'after3');
  if (made !== undefined) return expect(owners()).toEqual(['Pool-0', 'Pool-0', 'own', 'own']);
  expect(owners()).toEqual(Array(4).fill('Pool-0'));
  expect(pools()).toEqual(['Pool-0']);
  delete process.env.CRASH_AT;
  await create();
});

test.each(points)('removed as far as %s: the next look removes the rest', async (point) => {
  await create();
  rmSync(join(folder, 'host/count'));
  process.env.CRASH_AT = point;
  await remove().catch(() => {});
  await listDomains(new LocalHost());
  expect(owners()).toEqual(Array(4).fill('Pool-0'));
  expect(pools()).toEqual(['Pool-0']);
  expect(written()).toEqual([]);
});
