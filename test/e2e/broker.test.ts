/**
 * Two users without rights, and the broker between them and a real xl: what each can do, and that neither reaches the other's
 * domains, consoles or folders. The broker runs on this machine, its front asks this kernel who connects; the domains, and the
 * servers of their folders, are in the test host's dom0.
 */
import { chmodSync, chownSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installIn } from './installed.js';
import {
  dom0,
  type Ended,
  guestFolder,
  lwdEnding,
  RunningLwd as Running,
  type RunningLwd,
  type RunOptions,
  root,
  runProgram,
  startLwd,
  xenDomains,
} from './lwd.js';
import { pattern } from './pattern.js';

const [alice, bob] = [65_001, 65_002];
interface Hers {
  name: string;
  domid: number;
  uuid: string;
}

let folder: string;
let socket: string;
let broker: RunningLwd;

/** Users have to be able to read lwd, wherever this checkout is, and their folders are where the policy says, in dom0 too. */
beforeAll(async () => {
  if (process.getuid?.() !== 0) return;
  folder = mkdtempSync(join(tmpdir(), 'lwd-broker-'));
  socket = join(folder, 'run/broker.sock');
  chmodSync(folder, 0o755);
  await installIn(folder);
  for (const [guest, name] of [
    ['bundle', 'bundle'],
    ['linger', 'linger'],
    ['streams', 'streams'],
  ] as const) {
    await lwdEnding(0, ['build'], { cwd: guestFolder(guest) });
    for (const user of [alice, bob]) {
      mkdirSync(join(folder, 'home', String(user)), { recursive: true });
      cpSync(join(guestFolder(guest), '.lwd/build', name), join(folder, 'home', String(user), name));
    }
  }
  for (const user of [alice, bob]) {
    const home = join(folder, 'home', String(user));
    chmodSync(home, 0o700);
    await runProgram(['chown', '-R', `${user}:${user}`, home]);
    const script = 'mkdir -p "$0" && echo "secret $1" >"$0/given" && chown -R $1:$1 "$0" && chmod 700 "$0"';
    await dom0('sh', '-c', script, home, String(user));
  }
  // Links that alice makes: to what is bob's, and out of what the policy allows. Here they only have to be folders.
  const own = join(folder, 'home', String(alice));
  for (const [name, target] of [
    ['to-bob', `../${bob}`],
    ['out', '/etc'],
  ] as const) {
    mkdirSync(join(own, name));
    chownSync(join(own, name), alice, alice);
    await dom0('ln', '-s', target, join(own, name));
  }
  const policy = `version: 1\nrules:\n  - users: [${alice}, ${bob}]\n    domains: 2\n    memory: 96M\n    volumes: [${folder}/home]\n`;
  writeFileSync(join(folder, 'policy.yaml'), policy, { mode: 0o600 });
  await startBroker();
});

async function startBroker(): Promise<void> {
  broker = startLwd(
    [
      ...['broker', 'serve', '--policy', join(folder, 'policy.yaml'), '--socket', socket],
      ...['--audit', join(folder, 'audit'), '--images', join(folder, 'images')],
    ],
    { timeout: 1_200_000 },
  );
  await broker.complained('ready');
}

afterAll(async () => {
  if (process.getuid?.() !== 0) return;
  broker.signal('SIGTERM');
  await broker.ended;
  await lwdEnding(0, ['down', '--all', '--now']);
  await dom0('rm', '-rf', folder);
  rmSync(folder, { recursive: true, force: true });
});

function startAs(user: number, ...args: string[]): RunningLwd {
  return startWith({}, user, ...args);
}

function startWith(input: Pick<RunOptions, 'input' | 'holdInput'>, user: number, ...args: string[]): RunningLwd {
  const home = join(folder, 'home', String(user));
  const env = { LWD_BROKER: socket, LWD_HOST: 'local', HOME: home, XDG_RUNTIME_DIR: home, XDG_CACHE_HOME: home };
  return new Running(args, { cwd: home, installed: join(folder, 'lwd'), user, env, ...input });
}

async function as(user: number, status: number, ...args: string[]): Promise<Ended> {
  const ended = await startAs(user, ...args).ended;
  if (ended.status === status) return ended;
  throw new Error(
    `lwd ${args.join(' ')} as ${user} ended with ${ended.status}, not ${status}: ${ended.stdout}${ended.stderr}`,
  );
}

/** What the broker answers to a request that lwd would not make. */
async function askAs(user: number, request: object): Promise<unknown> {
  const caller = join(folder, 'lwd/caller.mjs');
  cpSync(join(root, 'test/fixtures/broker-caller.mjs'), caller);
  const own = ['setpriv', `--reuid=${user}`, `--regid=${user}`, '--clear-groups'] as const;
  const answer = await runProgram([...own, process.execPath, caller, socket, JSON.stringify(request)]);
  return answer === 'none\n' ? undefined : JSON.parse(answer);
}

describe.skipIf(process.getuid?.() !== 0)('without root (the test itself needs it, to be two users)', () => {
  test('a domain runs to its end, with its status, its folder and its output', async () => {
    const home = join(folder, 'home', String(alice));
    const volume = ['--volume', `${home}:/data`, '--memory', '16M'];
    const ended = await as(alice, 7, 'up', './bundle', ...volume, '--', '7');
    expect(ended.stdout).toContain(`/data/given: secret ${alice}\n`);
    // Written by the server of the folder, as who asked.
    expect(await dom0('stat', '-c', '%u %g', join(home, 'left'))).toBe(`${alice} ${alice}\n`);
    expect(await xenDomains()).toEqual([]);
  });

  test('stdout, stderr and signals are apart from each other, and whole for a reader who pauses', async () => {
    const bytes = 5_000_001;
    const pour = startAs(alice, 'up', './streams', '--memory', '16M', '--', 'pour', String(bytes));
    await pour.complained('after 65536\n');
    pour.process.stdout?.pause();
    await new Promise((resolve) => setTimeout(resolve, 1000));
    pour.process.stdout?.resume();
    const poured = await pour.ended;
    expect(poured.status, poured.stderr).toBe(3);
    expect(poured.bytes.equals(pattern(bytes, false))).toBe(true);
    expect(poured.stderr.match(/^after \d+$/gm)).toHaveLength(Math.ceil(bytes / 65_536));

    const handle = startAs(alice, 'up', './streams', '--memory', '16M', '--name', 'handles', '--', 'handle');
    await handle.printed('ready');
    handle.signal('SIGUSR1');
    await handle.printed('signal 10\n');
    await as(alice, 0, 'kill', '--signal', 'HUP', 'handles');
    await handle.printed('signal 1\n');
    await as(bob, 127, 'kill', 'handles');
    handle.signal('SIGTERM');
    expect(await handle.ended).toMatchObject({ status: 7, stdout: expect.stringContaining('signal 15\n') });
  });

  test('a program reads its standard input, from a pipe or a file, as far as it likes', async () => {
    const sent = pattern(2 << 20, true).toString('latin1');
    const echoed = await startWith({ input: sent }, alice, 'up', './streams', '--memory', '16M', '--', 'echo').ended;
    expect(echoed.status, echoed.stderr).toBe(5);
    expect(echoed.bytes.equals(Buffer.from(sent, 'latin1'))).toBe(true);
    writeFileSync(join(folder, 'home', String(alice), 'input'), 'from a file\n', { mode: 0o644 });
    expect((await as(alice, 5, 'up', './streams', '--memory', '16M', '--input', 'input', '--', 'echo')).stdout).toBe(
      'from a file\n',
    );
    // Input that never ends, and is not read, keeps no signal back.
    const held = startWith({ holdInput: true }, alice, 'up', './streams', '--memory', '16M', '--', 'handle');
    // What is under way when it ends has no reader.
    held.process.stdin?.on('error', () => {}).write(Buffer.alloc(1 << 20));
    await held.printed('ready');
    held.signal('SIGTERM');
    expect(await held.ended).toMatchObject({ status: 7 });
  });

  test.each([
    ["another's folder", String(bob), 'bundle: the folder', 73],
    ["a link to another's folder", `${alice}/to-bob`, '', 73],
    ['a link out of what is allowed', `${alice}/out`, '', 73],
    ['a folder that is not allowed', '../..', '', 77],
  ])('%s is refused, and nothing is left', async (_, name, _what, status) => {
    const source = name.startsWith('..') ? '/etc' : join(folder, 'home', name);
    const user = name === String(bob) ? { op: 'x' } : undefined;
    if (user !== undefined) {
      // lwd looks at the folder first, which a user cannot even do here: so the broker is asked itself.
      const answer = await launchAs(alice, { volumes: [{ target: '/data', readonly: true, path: source }] });
      expect(answer).toMatchObject({ kind: 'failed', said: [expect.stringContaining('error 13')] });
    } else await as(alice, status, 'up', './bundle', '--volume', `${source}:/data`, '--memory', '16M', '--', '0');
    expect(await xenDomains()).toEqual([]);
  });

  async function launchAs(user: number, more: object): Promise<unknown> {
    const { newUuid } = await import('../../src/xl/facts/domain-record.js');
    const { sha256File } = await import('../../src/sys/digest.js');
    const kernel = `sha256:${await sha256File(join(folder, 'home', String(user), 'bundle'))}`;
    const fixed = {
      type: 'pv',
      commandLine: '-- x',
      memory: 16,
      maxmem: 16,
      vcpus: 1,
      onCrash: 'destroy',
      nativeTsc: true,
    };
    const lists = { volumes: [], network: [], disks: [] };
    const spec = { name: 'raw', uuid: newUuid(user), kernel, ...fixed, ...lists, ...more };
    return askAs(user, { op: 'launch', mode: 'detach', spec });
  }

  async function hers(): Promise<Hers[]> {
    return (JSON.parse((await as(alice, 0, 'ps', '--json')).stdout) as { domains: Hers[] }).domains;
  }

  test('two users do not see, read or end what is the other’s', async () => {
    await lwdEnding(0, ['down', '--all', '--now']);
    await as(alice, 0, 'up', '-d', './linger', '--memory', '16M', '--name', 'hers', '--', 'sleep');
    const [domain] = await hers();
    const id = String(domain?.domid);
    expect((await as(bob, 0, 'ps')).stdout).not.toContain('hers');
    for (const command of [
      ['logs', 'hers'],
      ['down', 'hers', '--now'],
      ['pause', id],
      ['wait', domain?.uuid ?? ''],
    ])
      await as(bob, 127, ...command);
  });

  test('nor by requests that lwd would not make', async () => {
    const [domain] = await hers();
    const id = String(domain?.domid);
    const log = '/var/log/xen/console/guest-hers.log';
    for (const [name, ...args] of [
      ['xl-destroy', id],
      ['destroy', id, domain?.uuid ?? '', log, '0'],
      ['pause', 'pause', id],
      ['memory-set', '8', id],
      ['follow', '+1', log, id],
      ['tail', '+1', log],
    ]) {
      expect(await askAs(bob, { op: 'program', name, args })).toMatchObject({ refused: expect.any(String) });
    }
    // Her name, and her UUID.
    expect(await launchAs(bob, { uuid: domain?.uuid })).toMatchObject({ refused: expect.any(String) });
    expect((await as(bob, 77, 'up', './linger', '--memory', '16M', '--name', 'hers', '--', 'sleep')).stderr).toContain(
      'somebody else',
    );
    expect((await as(alice, 0, 'logs', 'hers')).stdout).toBe('ready to sleep\n');
    expect(await xenDomains()).toEqual(['hers']);
  });

  test('their own they pause, and end; a name is nobody else’s for a while', async () => {
    // Root sees to all of them.
    expect((await lwdEnding(0, ['ps'])).stdout).toContain('hers');
    await as(alice, 0, 'pause', 'hers');
    expect(await dom0('xl', 'list', 'hers')).toMatch(/ [r-][b-]p--- /);
    await as(alice, 0, 'unpause', 'hers');
    await as(alice, 0, 'down', 'hers');
    // Its log was under her name: nobody else's now.
    const other = await as(bob, 77, 'up', './linger', '--memory', '16M', '--name', 'hers', '--', 'sleep');
    expect(other.stderr).toContain('a moment ago');
    expect(await xenDomains()).toEqual([]);
  });

  test('nobody gets more than the policy allows, nor what it says nothing of', async () => {
    expect((await as(bob, 77, 'up', './linger', '--memory', '97M', '--', 'sleep')).stderr).toContain(
      '96 MiB of memory are allowed',
    );
    await as(bob, 0, 'up', '-d', './linger', '--memory', '8M', '--name', 'his-1', '--', 'sleep');
    await as(bob, 0, 'up', '-d', './linger', '--memory', '8M', '--name', 'his-2', '--', 'sleep');
    expect((await as(bob, 77, 'up', './linger', '--memory', '8M', '--name', 'his-3', '--', 'sleep')).stderr).toContain(
      '2 domains',
    );
    expect(await launchAs(bob, { network: [{ bridge: 'xenbr0' }] })).toMatchObject({ refused: expect.any(String) });
    await as(bob, 0, 'down', '--all', '--now');
    expect(await xenDomains()).toEqual([]);
  });

  test('a stranger gets nothing', async () => {
    expect(await askAs(65_003, { op: 'capabilities' })).toMatchObject({ refused: expect.stringContaining('no rule') });
  });

  test('a broker that ends, and an lwd that is killed, leave domains that are still their users’', async () => {
    const [one, other] = ['abandoned', 'orphan'].map((name) =>
      startAs(alice, 'up', './linger', '--memory', '16M', '--name', name, '--', 'sleep'),
    );
    await one?.printed('ready to sleep\n');
    await other?.printed('ready to sleep\n');
    other?.signal('SIGKILL');
    broker.signal('SIGTERM');
    expect((await broker.ended).status).toBe(0);
    const lost = await one?.ended;
    expect(lost?.status).toBe(75);
    expect(lost?.stderr).toContain('broker');
    await startBroker();
    const names = (await hers()).map(({ name }) => name).sort();
    expect(names).toEqual(['abandoned', 'orphan']);
    // What they may grow to still counts.
    const more = await as(alice, 77, 'up', './linger', '--memory', '16M', '--name', 'third', '--', 'sleep');
    expect(more.stderr).toContain('2 domains');
    await as(bob, 127, 'down', 'abandoned', '--now');
    await as(alice, 0, 'down', '--all', '--now');
    expect(await xenDomains()).toEqual([]);
  });

  test('every request and what was decided is in the audit log, under the true user', () => {
    const lines = readFileSync(join(folder, 'audit'), 'utf8').trimEnd().split('\n');
    const entries = lines.map(
      (line) => JSON.parse(line) as { uid: number; decision: string; request: string; why?: string },
    );
    expect(new Set(entries.map(({ uid }) => uid))).toEqual(new Set([alice, bob, 65_003]));
    expect(entries).toContainEqual(expect.objectContaining({ uid: bob, request: 'xl-destroy', decision: 'refused' }));
    expect(entries).toContainEqual(
      expect.objectContaining({ uid: alice, request: 'launch', decision: 'allowed', domains: ['hers'] }),
    );
    // And what a domain had used in the end.
    const what = expect.objectContaining({ cpuSeconds: expect.any(Number), vcpus: 1, memory: 16 });
    expect(entries).toContainEqual(expect.objectContaining({ uid: alice, request: 'end', domains: ['bundle'], what }));
  });
});
