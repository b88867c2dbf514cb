/**
 * Two hosts at once, and a connection that is cut at each step of what lwd does through it: after that, either it is known how
 * things are, or lwd says that it is not and how to find out; and the next command does the right thing.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import { CuttingProxy, HeldDom0 } from './cut.js';
import { type Cut, cuts } from './cut-points.js';
import { type Ended, guestFolder, lwd, lwdEnding, type RunningLwd, type RunOptions, startLwd } from './lwd.js';

const linger = guestFolder('linger');
const status = guestFolder('status');
let folder: string;
let proxy: CuttingProxy;
let dom0: HeldDom0;
let env: Record<string, string>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lwd-hosts-'));
  env = { XDG_CONFIG_HOME: folder };
  const builds = [linger, status].map((cwd) => lwdEnding(0, ['build'], { cwd }));
  await Promise.all([lwdEnding(0, ['host', 'up', '--host', 'embedded:two']), ...builds]);
  dom0 = new HeldDom0(join(inject('runtimeDirectory'), 'lwd/embedded.two'));
  await dom0.prepare();
  proxy = await CuttingProxy.to(dom0.port);
  env.LWD_SSH_CONFIG = dom0.configurationThrough(proxy, join(folder, 'ssh.conf'));
  mkdirSync(join(folder, 'lwd'));
  writeFileSync(
    join(folder, 'lwd/config.yaml'),
    'hosts:\n  two: embedded:two\n  far: ssh://dom0\n  gone: ssh://root@127.0.0.1:1\n  pair: [embedded, two]\n  all: [pair, gone]\n',
  );
});

afterAll(async () => {
  proxy?.close();
  await lwd(['host', 'down', '--host', 'embedded:two']);
  rmSync(folder, { recursive: true });
});

const far = (args: readonly string[], options: RunOptions = {}): RunningLwd =>
  startLwd([...args, '--host', 'far'], { ...options, env });
const near = (code: number, args: readonly string[], options: RunOptions = {}): Promise<Ended> =>
  lwdEnding(code, args, { ...options, env });

describe('two hosts', () => {
  afterEach(() => near(0, ['down', '--all', '--now', '--host', 'pair']));

  test('the same commands work on both, and one that is dead does not hide the others', async () => {
    await Promise.all([
      near(0, ['up', '-d', '--name', 'left', '--', '3'], { cwd: status }),
      near(0, ['up', '-d', '--name', 'both', '--', 'sleep'], { cwd: linger }),
      near(0, ['up', '-d', '--name', 'both', '--host', 'two', '--', 'sleep'], { cwd: linger }),
    ]);
    const ps = await near(69, ['ps', '--host', 'all', '--json']);
    expect(JSON.parse(ps.stdout)).toMatchObject({
      hosts: ['embedded', 'two', 'gone'],
      domains: expect.arrayContaining([
        expect.objectContaining({ host: 'embedded', name: 'left' }),
        expect.objectContaining({ host: 'embedded', name: 'both' }),
        expect.objectContaining({ host: 'two', name: 'both' }),
      ]),
      failed: [{ host: 'gone', message: expect.stringContaining('nobody listens there') }],
    });
    expect(ps.stderr).toContain('cannot reach gone');
    const paused = await near(0, ['pause', 'both', '--host', 'pair']);
    expect(paused.stdout).toBe('embedded  both  paused\ntwo       both  paused\n');
    await near(0, ['unpause', 'both', '--host', 'two,embedded']);
    await near(3, ['wait', 'left', '--host', 'pair']);
    const down = await near(0, ['down', 'left', 'both', '--now', '--host', 'pair', '--json']);
    expect((JSON.parse(down.stdout) as { domains: unknown[] }).domains.length).toBe(3);
    const many = ['up', '--count', '3', '--name', 'rank', '--host', 'pair', '--distribution', 'cyclic'];
    const ranks = await near(4, [...many, '--json', '--', '4'], { cwd: status });
    expect(JSON.parse(ranks.stdout)).toMatchObject({
      domains: [
        { name: 'rank-0', host: 'embedded', status: 4 },
        { name: 'rank-1', host: 'two' },
        { name: 'rank-2', host: 'embedded' },
      ],
    });
    expect((await near(64, ['up', '--host', 'pair'], { cwd: status })).stderr).toContain('--count 2');
    const none = await near(127, ['stop', 'left', '--host', 'pair']);
    expect(none.stderr).toContain('there is no domain "left" of lwd\'s on embedded, two');
  });
});

/** Waits for what the cut has left under way in dom0; what is judged is what comes after it. */
async function follow({ after }: Cut): Promise<void> {
  proxy.open();
  for (const [command, code] of after) {
    const ended = await far(command).ended;
    expect(ended.status, `${command.join(' ')}: ${ended.stderr}`).toBe(code);
  }
}

test('of a host that another version of lwd has started one is told', async () => {
  const record = join(inject('runtimeDirectory'), 'lwd/embedded.two/instance.json');
  const own = readFileSync(record, 'utf8');
  expect((await near(0, ['ps', '--host', 'two'])).stderr).toBe('');
  writeFileSync(record, own.replace(/"(image|sources)": "[0-9a-f]+"/g, '"$1": "0123456789abcdef"'));
  expect((await near(0, ['ps', '--host', 'two'])).stderr).toContain(
    'lwd host down --host two && lwd host up --host two',
  );
  writeFileSync(record, own);
});

describe('a connection that is cut', () => {
  afterEach(async () => {
    proxy.open();
    await dom0.clear();
  });

  async function begin({ before, command, xl, pass }: Cut): Promise<RunningLwd> {
    if (before !== undefined) {
      const [name = '', ...args] = before;
      await near(0, ['up', '-d', '--host', 'far', '--name', name, '--', ...args], { cwd: linger });
    }
    await dom0.hold(xl, pass);
    const separator = command.indexOf('--');
    const at = separator < 0 ? command.length : separator;
    const args = [...command.slice(0, at), '--host', 'far', ...command.slice(at)];
    const running = startLwd(args, { env, cwd: status });
    await dom0.held();
    return running;
  }

  test.each(cuts)('before $what', async (cut) => {
    const running = await begin(cut);
    proxy.cut();
    const ended = await running.ended;
    expect(ended.status, ended.stderr).toBe(cut.status);
    expect(ended.stderr).toMatch(cut.says);
    // What has arrived in dom0 goes on there.
    await dom0.release();
    await dom0.until(cut.done);
    await follow(cut);
  });

  test.each(cuts)('before the reply to $what', async (cut) => {
    const running = await begin(cut);
    proxy.deafen();
    await dom0.release();
    await dom0.until(cut.done);
    proxy.cut();
    const ended = await running.ended;
    expect(ended.status, ended.stderr).toBe(cut.status);
    expect(ended.stderr).toMatch(cut.says);
    await follow(cut);
  });

  test('while an image is sent, it is sent again; so is one that was altered or cut short there', async () => {
    const pushed = '/var/lib/lwd/pushed';
    const up = (name: string) => far(['up', '--name', name], { cwd: status });
    const whole = () => dom0.sh('cd "$1" && for file in *; do sha256sum "$file"; done', pushed);
    await dom0.sh('rm -rf "$1"', pushed);
    await near(0, ['ps', '--host', 'far']);
    proxy.cutAfter(60_000);
    const cut = await up('first').ended;
    expect(cut.status, cut.stderr).toBe(69);
    expect(cut.stderr).toMatch(/lost the connection to far; no domain was made/);
    proxy.open();
    await dom0.until(`[ -z "$(ls ${pushed})" ]`);
    const both = await Promise.all([up('first').ended, up('second').ended]);
    expect(both.map((ended) => [ended.status, ended.stderr])).toEqual([
      [0, ''],
      [0, ''],
    ]);
    expect(await whole()).toMatch(/^(([0-9a-f]{64}) {2}\2\n){2}$/);
    for (const damage of ['printf x | dd of="$file" conv=notrunc 2>/dev/null', 'truncate -s 5000 "$file"']) {
      await dom0.sh(`cd "$1" && for file in *; do ${damage}; done`, pushed);
      expect((await up('again').ended).status).toBe(0);
      expect(await whole()).toMatch(/^(([0-9a-f]{64}) {2}\2\n){2}$/);
    }
    expect((await near(0, ['host', 'clean', '--host', 'far'])).stdout).toBe('0 B freed\n');
    expect((await near(0, ['host', 'clean', '--all', '--host', 'far'])).stdout).toMatch(
      /^(removed \/var.*\n){2}.* freed\n$/,
    );
    expect((await up('last').ended).status).toBe(0);
  });
});
