/**
 * The embedded host as a host: started once however many ask, found again, noticed when dead, ended alone. In a run
 * directory apart, since it is killed here. And its dom0: clock, arguments through a real sshd, disks and networks.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Ended, guestFolder, RunningLwd, runLwd } from './lwd.js';

interface HostJson {
  state: string;
  embedded: { pid: number; port: number; login: string; run: string; image: string };
}

let directory: string;
const apart = (env: Record<string, string> = {}) => ({ XDG_RUNTIME_DIR: directory, LWD_HOST: 'embedded', ...env });

function lwdApart(args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  return runLwd(args, { env: apart(env) });
}

async function hostJson(args: readonly string[], env: Record<string, string> = {}): Promise<HostJson> {
  const { status, stdout, stderr } = await lwdApart([...args, '--json'], env);
  expect(status, stdout + stderr).toBe(0);
  return JSON.parse(stdout);
}

/** What a program prints in the dom0 of the host apart. */
async function dom0(...command: string[]): Promise<string> {
  const { status, stdout, stderr } = await lwdApart(['host', 'ssh', '--', ...command]);
  expect(status, stderr).toBe(0);
  return stdout;
}

function isRunning(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX] /s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'lwd-apart-'));
});

afterAll(async () => {
  for (const host of ['embedded', 'embedded-icount']) await lwdApart(['host', 'down', '--host', host]);
  rmSync(directory, { recursive: true });
});

describe('starting and ending', () => {
  test('of many that start it at once one does, and all get the same', async () => {
    expect((await hostJson(['host', 'status'])).state).toBe('stopped');
    const hosts = await Promise.all([1, 2, 3].map(() => hostJson(['host', 'up'])));
    expect(new Set(hosts.map(({ embedded }) => embedded.pid)).size).toBe(1);
    expect(hosts[0]?.state).toBe('running');
  });

  test('it listens on the loopback only', async () => {
    const { embedded } = await hostJson(['host', 'status']);
    const port = embedded.port.toString(16).toUpperCase().padStart(4, '0');
    const sockets = readFileSync('/proc/net/tcp', 'utf8') + readFileSync('/proc/net/tcp6', 'utf8');
    const listening = sockets.split('\n').filter((line) => line.includes(`:${port} `) && / 0A /.test(line));
    expect(listening.map((line) => line.trim().split(/\s+/)[1])).toEqual([`0100007F:${port}`]);
  });

  test('it outlives the lwd that started it, and has no terminal', async () => {
    const { embedded } = await hostJson(['host', 'status']);
    const stat = readFileSync(`/proc/${embedded.pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    expect({ session: Number(stat[3]), terminal: Number(stat[4]) }).toEqual({ session: embedded.pid, terminal: 0 });
  });

  test('its command line for logging in works as it is printed', async () => {
    const { embedded } = await hostJson(['host', 'status']);
    const [program = '', ...args] = embedded.login.split(' ');
    const child = spawn(program, [...args, 'cat /proc/xen/capabilities'], { stdio: ['ignore', 'pipe', 'inherit'] });
    let out = '';
    for await (const chunk of child.stdout) out += chunk;
    expect(out.trim()).toBe('control_d');
  });

  test('when it died it is started again, and what was going on is reported as unknown', async () => {
    const { embedded } = await hostJson(['host', 'up']);
    const going = new RunningLwd(['host', 'ssh', '--', 'sh', '-c', 'echo in\nsleep 300'], { env: apart() });
    await going.printed('in\n');
    process.kill(embedded.pid, 'SIGKILL');
    const ended = await going.ended;
    expect(ended.status, ended.stderr).toBe(75);
    // Programs of lwd's own have many lines, which nobody wants to read here.
    expect(ended.stderr).toMatch(/lost the connection to embedded while it ran: sh -c …$/m);
    const again = await lwdApart(['host', 'ssh', '--', 'cat', '/proc/xen/capabilities']);
    expect(again.stdout.trim(), again.stderr).toBe('control_d');
    expect((await hostJson(['host', 'status'])).embedded.pid).not.toBe(embedded.pid);
  });

  test('a saved state that is damaged is made again', async () => {
    // Of a size that nobody else uses: the cache is everybody's.
    const odd = { LWD_HOST_MEMORY: '1793M' };
    await lwdApart(['host', 'down']);
    const { image } = (await hostJson(['host', 'status'])).embedded;
    const before = new Set(readdirSync(image));
    await hostJson(['host', 'up'], odd);
    await lwdApart(['host', 'down']);
    const made = readdirSync(image).filter((name) => !before.has(name));
    const state = made.map((name) => join(image, name, 'state.zst')).find((path) => existsSync(path)) ?? '';
    const whole = readFileSync(state);
    writeFileSync(state, whole.subarray(0, Math.floor(whole.length / 2)));
    const { status, stderr } = await lwdApart(['host', 'up'], odd);
    expect(status, stderr).toBe(0);
    expect(stderr).toMatch(/the saved state is of no use/);
    expect(readFileSync(state).length).toBeGreaterThan(whole.length * 0.9);
    await lwdApart(['host', 'down']);
    for (const name of made) rmSync(join(image, name), { recursive: true });
  });

  test('down ends it alone, and says so when there is nothing to end', async () => {
    const { embedded } = await hostJson(['host', 'up']);
    const first = await lwdApart(['host', 'down']);
    expect(first.stdout).toBe('embedded: ended\n');
    expect(isRunning(embedded.pid)).toBe(false);
    expect((await lwdApart(['host', 'down'])).stdout).toBe('embedded: was not running\n');
    expect((await hostJson(['host', 'status'])).state).toBe('stopped');
  });

  test('a stranger that got the number of its process is left alone', async () => {
    const { embedded } = await hostJson(['host', 'up']);
    const path = join(embedded.run, 'instance.json');
    const instance = JSON.parse(readFileSync(path, 'utf8'));
    await lwdApart(['host', 'down']);
    const stranger: ChildProcess = spawn('sleep', ['300'], { stdio: 'ignore' });
    try {
      writeFileSync(path, JSON.stringify({ ...instance, process: { ...instance.process, pid: stranger.pid } }));
      expect((await hostJson(['host', 'status'])).state).toBe('stopped');
      expect((await lwdApart(['host', 'down'])).stdout).toBe('embedded: was not running\n');
      expect(isRunning(stranger.pid ?? 0)).toBe(true);
    } finally {
      stranger.kill();
    }
  });

  test('Ctrl-C while it is built ends lwd by that, and leaves nothing', async () => {
    const cache = join(directory, 'cache');
    const env = apart({
      XDG_CACHE_HOME: cache,
      XDG_RUNTIME_DIR: mkdtempSync(join(directory, 'run-')),
      TMPDIR: directory,
    });
    const before = readdirSync(directory);
    const starting = new RunningLwd(['host', 'up'], { env });
    await vi.waitUntil(() => starting.output.stderr.includes('downloading'), { timeout: 60_000 });
    starting.signal('SIGINT');
    expect(await starting.ended).toMatchObject({ status: 130, stderr: expect.stringMatching(/interrupted by SIGINT/) });
    expect(readdirSync(join(cache, 'lwd/hosts')).filter((name) => !name.endsWith('.lock'))).toEqual([]);
    expect(readdirSync(directory).filter((name) => name !== 'cache')).toEqual(before);
  });

  test('a size that cannot be is refused', async () => {
    const { status, stderr } = await lwdApart(['host', 'up'], { LWD_HOST_MEMORY: '64M' });
    expect(status).toBe(78);
    expect(stderr).toMatch(/LWD_HOST_MEMORY=64M/);
  });
});

describe('reached as ssh://', () => {
  test('it is a host like any other, if its key is known', async () => {
    const { embedded } = await hostJson(['host', 'up']);
    const configuration = join(embedded.run, 'ssh.conf');
    const status = await hostJson(['host', 'status', '--host', 'ssh://root@dom0'], { LWD_SSH_CONFIG: configuration });
    expect(status).toMatchObject({ name: 'ssh://root@dom0', state: 'running', capabilities: { types: ['pv', 'pvh'] } });
    const result = await lwdApart(['host', 'ssh', '--host', 'ssh://root@dom0', '--', 'printf', '%s|', "it's", 'a\nb'], {
      LWD_SSH_CONFIG: configuration,
    });
    expect(result.stdout).toBe("it's|a\nb|");
  });

  test('with another key it is refused', async () => {
    const { embedded } = await hostJson(['host', 'up']);
    const path = join(directory, 'other.conf');
    const own = readFileSync(join(embedded.run, 'ssh.conf'), 'utf8');
    writeFileSync(path, own.replace('HostKeyAlias lwd-embedded', 'HostKeyAlias stranger'));
    const result = await lwdApart(['host', 'status', '--host', 'ssh://dom0'], { LWD_SSH_CONFIG: path });
    expect(result.status).toBe(69);
    expect(result.stderr).toMatch(/Host key verification failed/);
  });
});

describe('virtual time', () => {
  test('the machine stands still while no lwd uses it', async () => {
    const { embedded } = await hostJson(['host', 'up', '--host', 'embedded-icount']);
    const ticks = () => {
      const fields = readFileSync(`/proc/${embedded.pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ');
      return Number(fields[11]) + Number(fields[12]);
    };
    const before = ticks();
    const work = await lwdApart(['host', 'status']);
    expect(work.status).toBe(0);
    // A machine that runs takes all of a CPU; QEMU itself, stopped, next to nothing.
    expect(ticks() - before).toBeLessThan(5);
    const result = await lwdApart(['host', 'ssh', '--host', 'embedded-icount', '--', 'cat', '/proc/xen/capabilities']);
    expect(result.stdout.trim(), result.stderr).toBe('control_d');
  });
});

describe('dom0', () => {
  const hostile = [
    '',
    ' ',
    "it's",
    '"$(id)"',
    '`id`',
    '$HOME',
    'a\nb',
    '\\',
    '; false',
    '*',
    '~',
    '-n',
    'é☃𝄞',
    '\u0001\u001b',
  ];

  test('gets arguments as they are, through a real sshd', async () => {
    const out = await dom0('printf', '%s\\0', ...hostile);
    expect(out.split('\0').slice(0, -1)).toEqual(hostile);
  });

  test('gives back every exit status', async () => {
    for (const status of [0, 1, 42, 254, 255]) {
      expect((await lwdApart(['host', 'ssh', '--', 'sh', '-c', `exit ${status}`])).status).toBe(status);
    }
  });

  test('knows the time', async () => {
    const asked = Date.now() / 1000;
    const there = Number(await dom0('date', '+%s.%N'));
    expect(Math.abs(there - asked)).toBeLessThan(10);
  });

  test('attaches disks and networks, and lets go of them', async () => {
    const build = guestFolder('status/.lwd/build');
    const manifest = JSON.parse(readFileSync(join(build, 'manifest.json'), 'utf8'));
    const elf = readFileSync(join(build, manifest.kernel.path)).toString('base64');
    const configuration = `name="disks"
type="pv"
kernel="/tmp/disks.elf"
memory=16
disk=["format=raw,vdev=xvda,access=rw,target=/tmp/disk"]
vif=["bridge=xenbr0"]
`;
    const script = `set -e
trap 'rm -f /tmp/disk /tmp/disks.cfg /tmp/disks.elf' EXIT
base64 -d >/tmp/disks.elf
truncate -s 1M /tmp/disk
printf %s "$1" >/tmp/disks.cfg
xl create -p -e -q /tmp/disks.cfg
id=$(xl domid disks)
echo "disk $(xenstore-read /local/domain/0/backend/vbd/$id/51712/hotplug-status)"
echo "vif $(xenstore-read /local/domain/0/backend/vif/$id/0/hotplug-status)"
echo "loop $(losetup -a | grep -c /tmp/disk)"
ls /sys/class/net/xenbr0/brif
xl destroy disks
echo "loop $(losetup -a | grep -c /tmp/disk)"
ls /sys/class/net/xenbr0/brif
`;
    const { stdout, stderr } = await runLwd(['host', 'ssh', '--', 'sh', '-c', script, 'sh', configuration], {
      env: apart(),
      input: elf,
    });
    expect(stdout.split('\n'), stderr).toEqual([
      'disk connected',
      'vif connected',
      'loop 1',
      expect.stringMatching(/^vif\d+\.0$/),
      'loop 0',
      '',
    ]);
  });
});
