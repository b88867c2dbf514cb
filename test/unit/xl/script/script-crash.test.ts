/**
 * The script of a domain's life, ended with all that it has started at each program that it starts; then order is made. The
 * scripts run here for real, and stand-ins for Xen's tools that keep a host's state in files.
 */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { LocalHost } from '../../../../src/host/local.js';
import { launch } from '../../../../src/xl/life/launch.js';
import { removeDomain } from '../../../../src/xl/life/takedown.js';
import { reconcile } from '../../../../src/xl/observed/reconcile.js';
import { launchRequest, processChannelPath, uuid } from '../life/launch-request.js';

const pool = 'lwd-0123456789a';
const path = process.env.PATH;
let folder: string;
let processChannel: string;

beforeAll(async () => {
  processChannel = await processChannelPath();
}, 60_000);

/** Counts; at the step that is wanted, ends its script's whole process group. */
const count = `#!/bin/sh
read -r stat </proc/self/stat
stat=\${stat##*) } group=\${stat#* * } group=\${group%% *}
n=0
[ ! -e "$FAKE_DOM0/count" ] || read -r n <"$FAKE_DOM0/count"
n=$((n + 1))
echo $n >"$FAKE_DOM0/count"
[ "$n" != "$CRASH_AT" ] || kill -9 -$group
`;

const xl = `
domains=$FAKE_DOM0/domains pools=$FAKE_DOM0/pools
case $1 in
create)
  echo 't 7 8 1 -b---- 0.1 ${uuid} - -' >>"$domains"
  echo "Waiting for domain t (domid 7) to die [pid $$]" >&2
  [ -z "$STAYS" ] || exec sleep 30
  while [ ! -e "$FAKE_DOM0/recorded" ]; do sleep 0.01; done
  echo 't 7 8 1 ---s-- 0.1 ${uuid} 0 -' >"$domains"
  echo 'Domain 7 has shut down, reason code 0 0x0' >&2 ;;
destroy) grep -v " $2 " "$domains" >"$domains.now"; mv "$domains.now" "$domains" ;;
list) cat "$domains" 2>/dev/null; true ;;
cpupool-list)
  if [ "$2" = -c ]; then echo "\${3:-x} 1"
  elif [ -n "$2" ]; then grep -q "$2" "$pools"
  else cat "$pools"; fi ;;
cpupool-create) echo '${pool} 1 credit2 y 0' >>"$pools" ;;
cpupool-destroy) grep -v "^$2 " "$pools" >"$pools.now"; mv "$pools.now" "$pools" ;;
esac`;

/** What the others do; rm and truncate are the system's. */
const others: Record<string, string> = {
  'xenstore-write': 'touch "$FAKE_DOM0/recorded"',
  'xenstore-exists': '[ -e "$FAKE_DOM0/recorded" ]',
  'xenstore-ls': '',
  'xenstore-list': '',
  'xenstore-rm': '',
  rm: 'PATH=/usr/bin:/bin exec rm "$@"',
  stat: 'PATH=/usr/bin:/bin exec stat "$@"',
};

function makeHost(): void {
  folder = mkdtempSync(join(tmpdir(), 'lwd-script-'));
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  for (const [name, body] of Object.entries({ ...others, xl })) {
    writeFileSync(join(bin, name), `${count}${body}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  writeFileSync(join(folder, 'kernel'), '');
  writeFileSync(join(folder, 'pools'), 'Pool-0 2 credit2 y 1\n');
  process.env.PATH = `${bin}:${path}`;
  process.env.FAKE_DOM0 = folder;
  process.env.LWD_RUNS = join(folder, 'runs');
}

function dropHost(): void {
  process.env.PATH = path;
  for (const name of ['CRASH_AT', 'STAYS', 'LWD_RUNS']) delete process.env[name];
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
}

afterEach(dropHost);

function live(mode: 'attach' | 'detach'): Promise<unknown> {
  const changes = { mode, config: `uuid="${uuid}"\n\n`, ownPool: { name: pool, cpus: [1] } };
  return launch(new LocalHost(), launchRequest(folder, processChannel, changes));
}

const text = (name: string) => (existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'utf8') : '');

const taken = () => Number(text('count'));
const runs = () => readdirSync(join(folder, 'runs'));

/** Either there is a whole domain with all that is its own, or there is nothing at all. */
function expectOrder(at: string): void {
  const isThere = text('domains').includes(uuid);
  if (isThere) expect(existsSync(join(folder, 'recorded')), `${at}: half-made`).toBe(true);
  expect(runs(), at).toEqual(isThere ? [uuid] : []);
  if (!isThere) {
    expect(text('pools'), at).not.toContain(pool);
    expect(existsSync(join(folder, 'guest-t.log')), at).toBe(false);
  }
}

test.each(['attach', 'detach'] as const)(
  '%s: died at any of its steps, and order was made',
  async (mode) => {
    for (let step = 1; ; step++) {
      makeHost();
      process.env.CRASH_AT = String(step);
      if (mode === 'detach') process.env.STAYS = '1';
      const ended = await live(mode).then(
        () => 'ended',
        (error: Error) => error.name,
      );
      // The script says that it is done before it has wiped its own traces.
      if (ended === 'ended' && mode === 'attach')
        await expect.poll(() => taken() >= step || runs().length === 0).toBe(true);
      if (ended === 'ended' && taken() < step) {
        expectOrder(`after the last step of ${mode}`);
        expect(step).toBeGreaterThan(mode === 'attach' ? 7 : 5);
        return;
      }
      process.env.CRASH_AT = '';
      await reconcile(new LocalHost(), 60);
      expectOrder(`step ${step} of ${mode}`);
      dropHost();
    }
  },
  60_000,
);

test('down: died at any of its steps, and order was made', async () => {
  for (let step = 1; ; step++) {
    makeHost();
    process.env.STAYS = '1';
    await live('detach');
    rmSync(join(folder, 'count'));
    process.env.CRASH_AT = String(step);
    await removeDomain(new LocalHost(), { id: 7, uuid, log: join(folder, 'guest-t.log'), logOffset: 0 });
    if (taken() < step) {
      expectOrder('after the last step of down');
      return expect(step).toBeGreaterThan(3);
    }
    process.env.CRASH_AT = '';
    await reconcile(new LocalHost(), 60);
    expectOrder(`step ${step} of down`);
    if (step > 1) expect(text('domains')).not.toContain(uuid);
    dropHost();
  }
}, 60_000);
