import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { exitCodes } from '../../../src/exit-codes.js';
import { parseSshAddress, SshHost, sshHost } from '../../../src/host/ssh.js';
import { neverConnected } from '../../../src/host/ssh-link.js';

let folder: string;
const options = { timeout: 10_000 };

/** Puts a program called ssh first on PATH. `-O check` ends with `checkStatus`; anything else runs `body`. */
function fakeSsh(body: string, checkStatus = 255): void {
  const text = `#!/bin/sh
printf '%s\\n' "$@" >>${folder}/calls
for a; do [ "$a" = check ] && exit ${checkStatus}; done
for last; do :; done
${body}
`;
  writeFileSync(join(folder, 'ssh'), text, { mode: 0o755 });
  vi.stubEnv('PATH', `${folder}:${process.env.PATH}`);
}

function host(posixShell = false): SshHost {
  const target = { name: 'ssh://node', options: ['-p', '7'], destination: 'node', controlPath: join(folder, 'ctl') };
  return new SshHost({ ...target, posixShell, keepAlive: true, patience: 10, next: ['look at the cable'] });
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lwd-ssh-'));
  vi.stubEnv('XDG_RUNTIME_DIR', folder);
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

describe('a command through ssh', () => {
  it('arrives whole, and its result comes back', async () => {
    fakeSsh('exec sh -c "$last"');
    const result = await host().exec(['sh', '-c', 'cat; echo "$0" >&2; exit 3', "it's"], { ...options, input: 'in' });
    expect(result).toMatchObject({ exitCode: 3, stdout: 'in', stderr: "it's\n" });
    expect(result.command[0]).toBe('sh');
  });

  it('is one ssh, never asks questions, and names its options before the destination', async () => {
    fakeSsh('exec sh -c "$last"');
    await host().exec(['true'], options);
    const args = readFileSync(join(folder, 'calls'), 'utf8').split('\n');
    expect(args).toContain('BatchMode=yes');
    expect(args).toContain('StrictHostKeyChecking=yes');
    expect(args.slice(-4, -1)).toEqual(['--', 'node', 'exec true']);
  });

  it('is sent as a file when it is too long for a request', async () => {
    fakeSsh('[ $(printf %s "$last" | wc -c) -lt 9000 ] || exit 99\nexec sh -c "$last"');
    const long = `${'x'.repeat(20_000)}'`;
    for (const posixShell of [false, true]) {
      const result = await host(posixShell).script('printf %s "$1"; cat', [long], { ...options, input: '!' });
      expect(result.stdout).toBe(`${long}!`);
    }
  });

  it('may itself end with 255', async () => {
    fakeSsh('echo "x: Permission denied (own words)." >&2; exit 255', 0);
    expect((await host().exec(['prog'], options)).exitCode).toBe(255);
  });
});

describe('a connection that fails', () => {
  it('before anything ran means: no host', async () => {
    fakeSsh('echo "ssh: connect to host node port 7: Connection refused" >&2; exit 255');
    await expect(host().exec(['xl', 'list'], options)).rejects.toMatchObject({
      exitCode: exitCodes.noHost.code,
      message: expect.stringMatching(/cannot reach ssh:\/\/node: .*Connection refused/),
      next: ['look at the cable'],
    });
  });

  it('while something ran means: outcome unknown', async () => {
    for (const words of [
      'Connection to node closed by remote host.',
      'xl: starting\nclient_loop: send disconnect',
      '',
    ]) {
      fakeSsh(`printf '%s' '${words}' >&2; exit 255`);
      await expect(host().exec(['xl', 'create'], options)).rejects.toMatchObject({
        exitCode: exitCodes.outcomeUnknown.code,
        message: expect.stringContaining('xl create'),
      });
    }
  });

  it('is seen too when stderr goes to the caller', async () => {
    fakeSsh('echo "ssh: connect to host node port 7: Connection refused" >&2; exit 255');
    const seen: Uint8Array[] = [];
    const call = host().exec(['true'], { ...options, onStderr: (chunk) => void seen.push(chunk) });
    await expect(call).rejects.toMatchObject({ exitCode: exitCodes.noHost.code });
    expect(Buffer.concat(seen).toString()).toContain('refused');
  });

  it('for want of an ssh names the package', async () => {
    vi.stubEnv('PATH', folder);
    await expect(host().exec(['true'], options)).rejects.toMatchObject({
      next: expect.arrayContaining([expect.stringContaining('openssh-client')]),
    });
  });
});

describe('neverConnected', () => {
  it("takes only what is all ssh's own", () => {
    expect(neverConnected('root@node: Permission denied (publickey,password).\r\n')).toBe(true);
    expect(neverConnected('ssh: Could not resolve hostname node: Name or service not known\n')).toBe(true);
    expect(neverConnected('kex_exchange_identification: read: reset\nConnection reset by 127.0.0.1 port 7\n')).toBe(
      true,
    );
    expect(neverConnected('@@@@@@@@\n@  WARNING  @\nIt is possible …\nHost key verification failed.\n')).toBe(true);
    expect(neverConnected('Parsing config\nssh: connect to host a port 22: Connection refused\n')).toBe(false);
    expect(neverConnected('mkdir: Permission denied\n')).toBe(false);
    expect(neverConnected('')).toBe(false);
  });
});

describe('addresses', () => {
  it('are user, node and port', () => {
    expect(parseSshAddress('ssh://root@node.example:2222')).toEqual({ destination: 'root@node.example', port: 2222 });
    expect(parseSshAddress('ssh://node/')).toEqual({ destination: 'node', port: undefined });
    expect(parseSshAddress('ssh://root@[::1]:22')).toEqual({ destination: 'root@::1', port: 22 });
  });

  it('are refused when they are anything else', () => {
    const bad = [
      'ssh://',
      'ssh://-oProxyCommand=x',
      'ssh://a b',
      'ssh://node:0',
      'ssh://node:65536',
      'ssh://a@b@c',
      'ssh://n;x',
    ];
    for (const address of bad) expect(() => parseSshAddress(address), address).toThrow(/is no ssh address/);
  });

  it('have a master each', () => {
    expect(sshHost('ssh://a').name).toBe('ssh://a');
  });
});
