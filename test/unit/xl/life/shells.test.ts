/**
 * Filling and emptying pools of shells: dom0's scripts and keepers run here for real, with stand-ins for Xen's tools that keep a
 * host's state in files.
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
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LocalHost } from '../../../../src/host/local.js';
import { sha256 } from '../../../../src/sys/digest.js';
import { shieldFromSignals } from '../../../../src/sys/exec.js';
import { endMakers } from '../../../../src/xl/life/makers.js';
import type { Prepared } from '../../../../src/xl/life/prepare.js';
import { dropShells, fillShells } from '../../../../src/xl/life/shells.js';
import { reconcile } from '../../../../src/xl/observed/reconcile.js';

const path = process.env.PATH;
const host = new LocalHost();
const plan = { prefix: 'lwd-shell-0123456789abcdef0123-', config: 'memory=8\n' };
let folder: string;

/** A domain is a file, named by its number: its row of `xl list -v`. Its xl waits until the file is gone. */
const tools: Record<string, string> = {
  xl: `
case $1 in
create)
  [ ! -e "$FAKE_DOM0/full" ] || { echo "xl: no memory" >&2; exit 3; }
  name=\${5#name=?} uuid=\${6#uuid=?} name=\${name%?} uuid=\${uuid%?}
  id=$$
  echo "(null) $id 8 1 -b---- 0.1 $uuid - -" >"$FAKE_DOM0/domains/$id"
  while [ -e "$FAKE_DOM0/nameless" ]; do sleep 0.05; done
  echo "$name $id 8 1 -b---- 0.1 $uuid - -" >"$FAKE_DOM0/domains/$id"
  echo "Waiting for domain $name (domid $id) to die [pid $$]" >&2
  while [ -e "$FAKE_DOM0/domains/$id" ]; do sleep 0.05; done
  echo "Domain $id has been destroyed." >&2 ;;
destroy) rm -f "$FAKE_DOM0/domains/$2" "$FAKE_DOM0/shells/$2" ;;
list) echo >>"$FAKE_DOM0/looks"; cat "$FAKE_DOM0"/domains/* 2>/dev/null; true ;;
cpupool-list) ;;
esac`,
  'xenstore-write': `id=\${1#/local/domain/}; echo "$2" >"$FAKE_DOM0/shells/\${id%%/*}"`,
  'xenstore-read': `id=\${1#/local/domain/}; cat "$FAKE_DOM0/shells/\${id%%/*}"`,
  'xenstore-exists': 'false',
  'xenstore-list': '',
  // What dom0/process-channel does with a transaction, and its lock.
  channel: `[ "$1" != lock ] || exec flock 0
[ ! -e "$FAKE_DOM0/claimed/$2" ] && rm -f "$FAKE_DOM0/shells/$2"`,
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lwd-shells-'));
  for (const name of ['bin', 'domains', 'shells', 'claimed', 'log']) mkdirSync(join(folder, name));
  for (const [name, body] of Object.entries(tools)) put(name, body);
  writeFileSync(join(folder, 'kernel'), 'an image');
  process.env.PATH = `${join(folder, 'bin')}:${path}`;
  process.env.FAKE_DOM0 = folder;
  process.env.LWD_RUNS = join(folder, 'run/domains');
});

afterEach(async () => {
  // Each xl ends when its domain is gone, and each keeper when its xl is.
  for (const id of readdirSync(join(folder, 'domains'))) rmSync(join(folder, 'domains', id));
  await expect.poll(() => keepers().length, { timeout: 10_000 }).toBe(0);
  process.env.PATH = path;
  delete process.env.LWD_RUNS;
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
});

/** A program that is found before the machine's own. */
function put(name: string, body: string): void {
  writeFileSync(join(folder, 'bin', name), `#!/bin/sh\n${body}\n`);
  chmodSync(join(folder, 'bin', name), 0o755);
}

function prepared(content = 'an image'): Prepared {
  return {
    image: { kernel: { path: '', sha256: sha256(content) }, symbols: undefined },
    logFile: join(folder, 'log/guest-x.log'),
    spec: { kernel: join(folder, 'kernel') },
    processChannel: join(folder, 'bin/channel'),
  } as Prepared;
}

const fill = (size: number, by = prepared()) => fillShells(host, by, plan, size);
const files = (name: string) => (existsSync(join(folder, name)) ? readdirSync(join(folder, name)) : []);
const uuids = () => files('domains').map((id) => readFileSync(join(folder, 'domains', id), 'utf8').split(' ')[6] ?? '');
const ready = (count: number) => expect.poll(() => files('shells').length, { timeout: 10_000 }).toBe(count);

function keepers(): number[] {
  const of = (uuid: string) => Number(readFileSync(join(folder, 'run/domains', uuid), 'utf8').split(' ')[0]);
  return (
    files('run/domains')
      .map(of)
      // Who is dead may wait for its parent to notice.
      .filter((process) => existsSync(`/proc/${process}`))
      .filter((process) => !readFileSync(`/proc/${process}/stat`, 'utf8').includes(') Z '))
  );
}

function nothingLeft(): void {
  for (const name of ['domains', 'shells', 'run/domains', 'run/shells', 'log']) expect(files(name), name).toEqual([]);
}

test('those that Xen has and that have no name yet are counted', async () => {
  writeFileSync(join(folder, 'nameless'), '');
  await fill(2);
  await expect.poll(() => uuids().filter((uuid) => uuid !== '').length, { timeout: 10_000 }).toBe(2);
  await fill(2);
  rmSync(join(folder, 'nameless'));
  await ready(2);
  await fill(2);
  expect(uuids()).toHaveLength(2);
  await fill(0);
  await expect.poll(() => files('run/domains')).toEqual([]);
});

test('there are as many as are wanted, more if more, and fewer if fewer', async () => {
  await fill(2);
  await ready(2);
  const first = uuids();
  await fill(3);
  await ready(3);
  expect(uuids()).toEqual(expect.arrayContaining(first));
  await fill(1);
  await ready(1);
  await expect.poll(() => files('domains').length).toBe(1);
  await fill(0);
  await ready(0);
  await expect.poll(() => files('run/domains')).toEqual([]);
  nothingLeft();
});

test('several who fill at once make no more than one of them would', async () => {
  await Promise.all(Array.from({ length: 6 }, () => fill(3)));
  await ready(3);
  await expect.poll(() => keepers().length).toBe(3);
  expect(files('domains')).toHaveLength(3);
  expect(files('run/domains')).toHaveLength(3);
});

test('one that was there first and announces last does not make what another one is making', async () => {
  const until = (condition: string) => `i=0; until ${condition} || [ $i = 40 ]; do sleep 0.05; i=$((i + 1)); done`;
  const late = `if (set -C; : >"$FAKE_DOM0/late") 2>/dev/null; then ${until('[ -e "$FAKE_DOM0/making" ]')}; fi`;
  const slow = `: >"$FAKE_DOM0/making"; ${until('[ "$(wc -l <"$FAKE_DOM0/looks")" = 2 ]')}`;
  put('mkdir', `${late}; exec /bin/mkdir "$@"`);
  put('setsid', `${slow}; exec "$@"`);
  const first = fill(2);
  await expect.poll(() => files('.')).toContain('late');
  await Promise.all([first, fill(2)]);
  await ready(2);
  await expect.poll(() => keepers().length).toBe(2);
  expect(files('domains')).toHaveLength(2);
});

test('of another image they go, and one is not made of an image that is not what it was', async () => {
  await fill(2);
  await ready(2);
  const old = uuids();
  writeFileSync(join(folder, 'kernel'), 'built anew');
  await fillShells(host, prepared('built anew'), { ...plan, prefix: 'lwd-shell-01234567ffffffffffff-' }, 1);
  await expect.poll(() => uuids().filter((uuid) => old.includes(uuid))).toEqual([]);
  await ready(1);
  // The other one's are of another image to it, and its own file is that other image by now.
  await fill(1);
  await expect.poll(() => files('run/domains')).toEqual([]);
  expect(files('domains')).toEqual([]);
});

test('those that were claimed are not touched', async () => {
  await fill(2);
  await ready(2);
  const [claimed = ''] = files('shells');
  writeFileSync(join(folder, 'claimed', claimed), '');
  await dropShells(host, uuids());
  await expect.poll(() => files('domains')).toEqual([claimed]);
  expect(keepers()).toHaveLength(1);
});

test("a job's end with it, ready or not, and nobody else's do", async () => {
  const of = (job: string) => {
    const own = prepared();
    own.spec.batch = { system: 'slurm', job, step: '0', rank: 0, restart: 0 };
    return own;
  };
  const others = { ...plan, prefix: 'lwd-shell-89abcdefabcdef012345-' };
  await fillShells(host, prepared(), others, 1);
  await fillShells(host, of('8'), { ...plan, prefix: 'lwd-shell-76543210abcdef012345-' }, 1);
  await ready(2);
  const kept = uuids();
  // Those have a keeper when this comes back, and nothing else yet.
  await fill(2, of('7'));
  await endMakers(host, ({ job }) => job === '7', { name: '7', restart: 0 });
  await expect.poll(() => files('run/domains').sort()).toEqual(kept.sort());
  expect(uuids().sort()).toEqual(kept.sort());
  // What comes too late makes none.
  await fill(2, of('7'));
  expect(files('run/domains').sort()).toEqual(kept.sort());
});

test('in a job, whose signals reach nothing that lwd starts, their keepers are asked nevertheless', async () => {
  await shieldFromSignals();
  await fill(2);
  await ready(2);
  await dropShells(host, uuids());
  nothingLeft();
});

test('a keeper that is killed leaves a half-made domain, which goes', async () => {
  await fill(2);
  await ready(2);
  const [one = 0] = keepers();
  process.kill(one, 'SIGKILL');
  await expect.poll(() => keepers().length).toBe(1);
  await reconcile(host, 60);
  expect(files('domains')).toHaveLength(1);
  expect(files('run/shells')).toHaveLength(1);
  expect(keepers()).toHaveLength(1);
});

test('why none came about is kept for who asks next', async () => {
  writeFileSync(join(folder, 'full'), '');
  await fill(1);
  const why = join(folder, 'run/shells', `${plan.prefix.slice(0, -1)}.why`);
  await expect.poll(() => existsSync(why) && readFileSync(why, 'utf8'), { timeout: 10_000 }).toContain('no memory');
  await expect.poll(() => files('run/domains')).toEqual([]);
  await fill(0);
  nothingLeft();
});
