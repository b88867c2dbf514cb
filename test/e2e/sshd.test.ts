/**
 * A real OpenSSH sshd on loopback, with a login shell behind it, as an ssh:// host: every word arrives as it is, and lwd does
 * through it what it does elsewhere. The xl at its far end is the test host's: one of two keys leads on into that dom0, whatever
 * was asked for.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { chooseHost } from '../../src/host/choose.js';
import type { Host } from '../../src/host/host.js';
import { hostile } from '../unit/host/hostile.js';
import { unpackedPackages } from './debian-packages.js';
import { freePorts } from './free-ports.js';
import { guestFolder, lwdEnding } from './lwd.js';

let folder: string;
let sshd: ChildProcess | undefined;
let said = '';

/**
 * As root sshd wants a user of its own and a folder in /run. It gets them, and its packages' other programs, in a view of the
 * file system that nobody else has: the machine stays as it is.
 */
const ownView = `set -e
mount --bind "$1/passwd" /etc/passwd
mount -t tmpfs none /run
mkdir -m 755 /run/sshd
[ ! -d "$2/usr/lib/openssh" ] || mount --bind "$2/usr/lib/openssh" /usr/lib/openssh
exec "$2/usr/sbin/sshd" -D -e -f "$1/sshd_config"`;

const canHaveView = (() => {
  try {
    execFileSync('unshare', ['--mount', 'sh', '-c', 'mount -t tmpfs none /run'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

function makeKey(name: string): string {
  const file = join(folder, name);
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file]);
  return readFileSync(`${file}.pub`, 'utf8').trim();
}

async function startSshd(): Promise<void> {
  const packages = unpackedPackages('test-sshd', ['openssh-server']);
  const [port = 0] = await freePorts(1);
  const at = (name: string) => join(folder, name);
  const inner = join(inject('runtimeDirectory'), 'lwd/embedded/ssh.conf');
  const onward = `command="exec ssh -F '${inner}' -- dom0 \\"$SSH_ORIGINAL_COMMAND\\"" `;
  const keys = ['host', 'plain', 'onward'].map(makeKey);
  writeFileSync(at('authorized'), `${keys[1]}\n${onward}${keys[2]}\n`);
  writeFileSync(at('known'), `[127.0.0.1]:${port} ${keys[0]}\n`);
  copyFileSync('/etc/passwd', at('passwd'));
  writeFileSync(at('passwd'), 'sshd:x:65533:65534::/run/sshd:/usr/sbin/nologin\n', { flag: 'a' });
  const words = ['Port PORT', 'ListenAddress 127.0.0.1', 'HostKey FOLDER/host', 'AuthorizedKeysFile FOLDER/authorized'];
  const more = ['PidFile none', 'UsePAM no', 'StrictModes no', 'PasswordAuthentication no', 'MaxSessions 30'];
  const text = [...words, ...more].join('\n').replace('PORT', String(port)).replaceAll('FOLDER', folder);
  writeFileSync(at('sshd_config'), `${text}\n`);
  const hosts = ['plain', 'onward'].map((name) => `Host ${name}\n  IdentityFile ${at(name)}\n`);
  const common = `Host *\n  HostName 127.0.0.1\n  Port ${port}\n  User root\n  UserKnownHostsFile ${at('known')}\n  IdentitiesOnly yes\n`;
  writeFileSync(at('ssh_config'), hosts.join('') + common);
  const libraries = ['usr/lib', 'lib'].map((name) => join(packages, name, 'x86_64-linux-gnu')).join(':');
  const env = { ...process.env, LD_LIBRARY_PATH: libraries };
  const command = ['--mount', 'setpriv', '--pdeathsig', 'TERM', 'sh', '-c', ownView, 'sh', folder, packages];
  const server = spawn('unshare', command, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  sshd = server;
  await new Promise<void>((resolve, reject) => {
    server.on('exit', (status) => reject(new Error(`sshd ended with ${status}: ${said}`)));
    server.stderr.on('data', (chunk: Buffer) => {
      said += chunk;
      if (said.includes('Server listening')) resolve();
    });
  });
}

describe.skipIf(process.getuid?.() !== 0 || !canHaveView)(
  'OpenSSH (it needs root, and a view of the files of its own)',
  () => {
    let plain: Host;

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'lwd-sshd-'));
      chmodSync(folder, 0o755);
      mkdirSync(join(folder, 'run'));
      await startSshd();
      process.env.LWD_SSH_CONFIG = join(folder, 'ssh_config');
      process.env.XDG_RUNTIME_DIR = join(folder, 'run');
      plain = await chooseHost({ flag: 'ssh://plain' });
    });

    afterAll(async () => {
      await plain?.close();
      for (const name of ['plain', 'onward'])
        execFileSync(
          'sh',
          ['-c', `for s in "${folder}"/run/lwd/*; do [ ! -S "$s" ] || ssh -S "$s" -O exit ${name} || true; done`],
          { stdio: 'ignore' },
        );
      sshd?.kill('SIGTERM');
      rmSync(folder, { recursive: true, force: true });
    });

    const words = async (args: readonly string[]) => {
      const { stdout, exitCode } = await plain.exec(['printf', '%s\\0', ...args], { timeout: 60_000 });
      expect(exitCode).toBe(0);
      return stdout.split('\0').slice(0, -1);
    };

    test('words arrive as they are', async () => {
      expect(await words(hostile)).toEqual(hostile);
      const text = fc.string({ unit: 'grapheme', minLength: 1 }).map((any) => any.replaceAll('\0', 'x'));
      await fc.assert(
        fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 20 }), async (args) => {
          expect(await words(args)).toEqual(args);
        }),
        { numRuns: 15 },
      );
    });

    test("and so do a script's parameters, its end and its status", async () => {
      const script = 'printf "%s\\0" "$@"; exit 7';
      const { stdout, exitCode } = await plain.script(script, hostile, { timeout: 60_000 });
      expect(stdout.split('\0').slice(0, -1)).toEqual(hostile);
      expect(exitCode).toBe(7);
    });

    test("a domain's arguments, through the sshd, dom0's shell, xl and Xen", async () => {
      const env = { LWD_SSH_CONFIG: join(folder, 'ssh_config'), LWD_HOST: 'ssh://onward' };
      const up = await lwdEnding(0, ['up', '--name', 'through-sshd', '--', ...hostile], {
        cwd: guestFolder('echo'),
        env,
      });
      const told = [...up.stdout.matchAll(/^arg ([0-9a-f]*)$/gm)].map(([, hex = '']) =>
        Buffer.from(hex, 'hex').toString(),
      );
      expect(told.slice(1)).toEqual(hostile);
      expect((await lwdEnding(0, ['ps'], { env })).stdout).not.toContain('through-sshd');
    });
  },
);
