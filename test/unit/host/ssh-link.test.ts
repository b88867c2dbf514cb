import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { exitCodes } from '../../../src/exit-codes.js';
import { parseSshAddress, SshHost, sshHost } from '../../../src/host/ssh.js';
import { lostBesideMaster, neverConnected } from '../../../src/host/ssh-failure.js';

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
  const target = { name: 'ssh://node', options: ['-p', '7'], destination: 'node', login: '-p 7 node' };
  return new SshHost({
    ...target,
    controlPath: join(folder, 'ctl'),
    posixShell,
    keepAlive: true,
    patience: 10,
    next: ['look at the cable'],
  });
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
      next: ['see that sshd runs on the node, and that the port is right', 'look at the cable'],
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

describe('why there is no connection', () => {
  // As OpenSSH 9.2 says it.
  const changed = `@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@\r
@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\r
@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@\r
IT IS POSSIBLE THAT SOMEONE IS DOING SOMETHING NASTY!\r
Add correct host key in kh to get rid of this message.\r
Host key for node has changed and you have requested strict checking.\r
Host key verification failed.`;
  it.each([
    [changed, 'noHost', /its host key is not the one that is known/, /ssh-keygen -R/],
    [
      'No ED25519 host key is known for node and you have requested strict checking.\r\nHost key verification failed.',
      'noHost',
      /not known here, and lwd never takes one unseen/,
      /say yes: ssh -p 7 node true/,
    ],
    [
      'me@node: Permission denied (publickey,password).',
      'noPermission',
      /never asks for pass/,
      /ssh-copy-id -p 7 node/,
    ],
    ['ssh: connect to host node port 7: Connection refused', 'noHost', /nobody listens/, /sshd runs/],
    ['ssh: connect to host node port 7: Connection timed out', 'noHost', /no answer/, /node is up/],
    [
      'Connection timed out during banner exchange\r\nConnection to 10.0.0.1 port 22 timed out',
      'noHost',
      /no answer/,
      /node is up/,
    ],
    ['ssh: Could not resolve hostname node: Name or service not known', 'noHost', /no node of that name/, /hosts:/],
    ["ControlPath too long ('/x' >= 108 bytes)", 'noHost', /path is too long/, /XDG_RUNTIME_DIR/],
    ['kex_exchange_identification: Connection closed by remote host', 'noHost', /closed by remote host/, /cable/],
  ] as const)('%s', async (words, exit, means, next) => {
    writeFileSync(join(folder, 'words'), `${words}\r\n`);
    fakeSsh(`cat ${folder}/words >&2; exit 255`);
    const failure = await host()
      .exec(['xl', 'list'], options)
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ exitCode: exitCodes[exit].code, message: expect.stringMatching(means) });
    expect((failure as { next: string[] }).next.join('\n')).toMatch(next);
  });

  it('a call that ssh takes past the master, and then loses, is lost though the master stands', async () => {
    const beside = 'ControlSocket /run/x already exists, disabling multiplexing\r\n';
    expect(lostBesideMaster(`${beside}Connection to node closed by remote host.\r\n`)).toBe(true);
    expect(lostBesideMaster(`${beside}xl: no\n`)).toBe(false);
    fakeSsh(`printf '%s' '${beside}client_loop: send disconnect: Broken pipe' >&2; exit 255`, 0);
    const call = host().exec(['xl', 'create'], options);
    await expect(call).rejects.toMatchObject({ exitCode: exitCodes.outcomeUnknown.code });
  });

  it('a call whose master goes away is lost though another one stands by then', async () => {
    fakeSsh("echo 'mux_client_request_session: read from master failed: Broken pipe' >&2; exit 255", 0);
    const call = host().exec(['xl', 'create'], options);
    await expect(call).rejects.toMatchObject({ exitCode: exitCodes.outcomeUnknown.code });
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
