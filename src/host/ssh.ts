/**
 * A Xen host behind ssh: a dom0 somewhere (`ssh://user@node:port`), and the body of the embedded host. Calls are one
 * round trip each through a control master, see ssh-link.ts.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { UserError } from '../errors.js';
import { sha256 } from '../sys/digest.js';
import type { ExecOptions, ExecResult } from '../sys/exec.js';
import type { TcpAddress } from '../sys/relay.js';
import { runDirectory } from '../sys/run-directory.js';
import { capabilitiesFromProbe, probeScript } from './capabilities.js';
import { isPushed, makeRoom, pushedPath, readRemote, sendPushed, writeRemote } from './dom0-files.js';
import type { Forwarding, Host, HostCapabilities } from './host.js';
import { longestCommand, remoteCommand, remoteScript, scriptCommand } from './remote-command.js';
import { SshLink, type SshTarget } from './ssh-link.js';
import { besideXenstored, xenstoredScript } from './xenstored.js';

export class SshHost implements Host {
  readonly name: string;
  readonly #link: SshLink;
  readonly #posixShell: boolean;
  #capabilities: Promise<HostCapabilities> | undefined;

  constructor(target: SshTarget) {
    this.name = target.name;
    this.#link = new SshLink(target);
    this.#posixShell = target.posixShell;
  }

  exec(command: readonly [string, ...string[]], options: ExecOptions): Promise<ExecResult> {
    return this.#send(command, remoteCommand(command), options);
  }

  script(text: string, args: readonly string[], options: ExecOptions): Promise<ExecResult> {
    const run = (script: string, words: readonly string[], own: ExecOptions) => {
      const command = scriptCommand(script, words);
      return this.#send(command, this.#posixShell ? remoteScript(script, words) : remoteCommand(command), own);
    };
    const look = (own: ExecOptions) => run(xenstoredScript, [], own);
    return besideXenstored(this.name, (own) => run(text, args, own), look, options);
  }

  interact(command: readonly string[]): Promise<number> {
    return this.#link.interact(command);
  }

  read(path: string, limit: number): Promise<Uint8Array> {
    return readRemote(this, path, limit);
  }

  write(path: string, content: Uint8Array | string): Promise<void> {
    return writeRemote(this, path, content);
  }

  async push(localFile: string, sha256: string): Promise<string> {
    if (!(await isPushed(this, sha256))) await makeRoom(this, await sendPushed(this, localFile, sha256));
    return pushedPath(sha256);
  }

  async forget(): Promise<void> {}

  forward(listen: TcpAddress, to: TcpAddress): Promise<Forwarding> {
    return this.#link.forward(listen, to);
  }

  capabilities(): Promise<HostCapabilities> {
    this.#capabilities ??= this.script(probeScript, [], { timeout: 30_000 }).then((result) =>
      capabilitiesFromProbe(result, this.name),
    );
    return this.#capabilities;
  }

  connect(timeout: number, signal?: AbortSignal): Promise<void> {
    return this.#link.connect(timeout, signal);
  }

  /** The master stays: the next command of lwd goes through it. */
  async close(): Promise<void> {}

  disconnect(): Promise<void> {
    return this.#link.disconnect();
  }

  /** A command too long for one ssh request goes there as a file first. */
  async #send(command: readonly string[], remote: string, options: ExecOptions): Promise<ExecResult> {
    if (Buffer.byteLength(remote) <= longestCommand) return this.#link.exec(command, remote, options);
    const path = `/tmp/lwd-command-${randomBytes(8).toString('hex')}`;
    await this.write(path, `rm -f ${path}\n${remote}\n`);
    return this.#link.exec(command, `exec sh ${path}`, options);
  }
}

/**
 * `ssh://[user@]node[:port]` → a host. Throws UserError if it is no such address. ssh's configuration is the user's own, or
 * the file that `LWD_SSH_CONFIG` names.
 */
export function sshHost(address: string, name = address): SshHost {
  const { destination, port } = parseSshAddress(address);
  const configuration = process.env.LWD_SSH_CONFIG;
  const login = `${port === undefined ? '' : `-p ${port} `}${destination}`;
  return new SshHost({
    name,
    options: [...(configuration ? ['-F', configuration] : []), ...(port === undefined ? [] : ['-p', String(port)])],
    destination,
    login,
    controlPath: join(runDirectory(), `ssh-${sha256(`${address}\n${configuration}`).slice(0, 12)}`),
    posixShell: false,
    keepAlive: true,
    patience: 10,
    next: [`try it by hand: ssh ${login} xl list`],
  });
}

export function parseSshAddress(address: string): { destination: string; port: number | undefined } {
  const match = /^ssh:\/\/((?:[\w.-]+@)?(?:[\w.-]+|\[[0-9a-fA-F:.]+\]))(?::(\d+))?\/?$/.exec(address);
  const port = match?.[2] === undefined ? undefined : Number(match[2]);
  const wrong =
    match?.[1] === undefined || match[1].startsWith('-') || (port !== undefined && (port < 1 || port > 65535));
  if (wrong) {
    throw new UserError(`"${address}" is no ssh address`, { next: ['write ssh://user@node or ssh://user@node:port'] });
  }
  return { destination: (match[1] ?? '').replace(/[[\]]/g, ''), port };
}
