/**
 * Running the real lwd, as a user would, and looking at the host behind its back.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inject, onTestFinished } from 'vitest';

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

export interface Ended {
  /** undefined if a signal ended it. */
  status: number | undefined;
  stdout: string;
  stderr: string;
  /** stdout as it came. */
  bytes: Buffer;
}

export interface RunOptions {
  cwd?: string;
  env?: Record<string, string>;
  /** Milliseconds; then it is killed and the run counts as failed. */
  timeout?: number;
  input?: string;
  /** Instead: its standard input is a pipe to which nobody writes, and which does not end. */
  holdInput?: boolean;
  /** Its descriptor 3 is a socket, and ours is process.stdio[3]. */
  socket?: boolean;
  /** Where lwd is installed; this checkout if not given. */
  installed?: string;
  /** Run as this user and group, with no other groups: only if we are root. */
  user?: number;
}

export function guestFolder(...topic: string[]): string {
  return join(root, 'test/guest', ...topic);
}

/** For programs that compare their clock with this machine's. */
export const startedNow = () => ['--env', `STARTED_AT=${Math.floor(Date.now() / 1000)}`];

/** A running lwd: it can be watched and sent signals. */
export class RunningLwd {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
  #out: Buffer[] = [];
  #err = '';
  #watchers = new Set<() => void>();
  #isOver = false;

  constructor(args: readonly string[], options: RunOptions) {
    this.process = spawn(process.execPath, [join(options.installed ?? root, 'bin/run.js'), ...args], {
      ...(options.user === undefined ? {} : { uid: options.user, gid: options.user }),
      cwd: options.cwd ?? root,
      env: { ...process.env, NO_COLOR: '1', ...options.env },
      timeout: options.timeout ?? 100_000,
      killSignal: 'SIGKILL',
      stdio: [
        options.input === undefined && !options.holdInput ? 'ignore' : 'pipe',
        ...(['pipe', 'pipe'] as const),
        ...(options.socket ? (['pipe'] as const) : []),
      ],
    });
    if (!options.holdInput) this.process.stdin?.end(options.input);
    this.process.stdout?.on('data', (chunk: Buffer) => this.#took(() => this.#out.push(chunk)));
    this.process.stderr?.on('data', (chunk: Buffer) => this.#took(() => (this.#err += chunk)));
    this.ended = new Promise((resolve, reject) => {
      this.process.on('error', reject);
      this.process.on('close', (status) => {
        this.#took(() => (this.#isOver = true));
        resolve({ ...this.output, status: status ?? undefined });
      });
    });
  }

  get output(): Omit<Ended, 'status'> {
    const bytes = Buffer.concat(this.#out);
    return { bytes, stdout: bytes.toString('utf8'), stderr: this.#err };
  }

  /** Waits until stdout has the text. Rejects if lwd ends before. */
  printed(text: string): Promise<void> {
    return this.#said('stdout', text);
  }

  /** The same for stderr. */
  complained(text: string): Promise<void> {
    return this.#said('stderr', text);
  }

  async #said(where: 'stdout' | 'stderr', text: string): Promise<void> {
    while (!this.output[where].includes(text)) {
      if (this.#isOver) throw new Error(`lwd ended before it printed "${text}": ${JSON.stringify(this.output)}`);
      await new Promise<void>((resolve) => this.#watchers.add(resolve));
    }
  }

  signal(name: NodeJS.Signals): void {
    this.process.kill(name);
  }

  #took(change: () => void): void {
    change();
    const watchers = [...this.#watchers];
    this.#watchers.clear();
    for (const wake of watchers) wake();
  }
}

/** Starts lwd on the tests' own host. */
export function startLwd(args: readonly string[], options: RunOptions = {}): RunningLwd {
  return new RunningLwd(args, { ...options, env: { ...onTestHost(), ...options.env } });
}

/** Runs lwd on the tests' own host to its end. */
export function lwd(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  return startLwd(args, options).ended;
}

/** Runs lwd in whatever environment is given: for the set-up, and for tests with a host apart. */
export function runLwd(args: readonly string[], options: RunOptions): Promise<Ended> {
  return new RunningLwd(args, options).ended;
}

/** A name for a domain that no other test uses, nor another try of this one; when the test ends, so does the domain. */
export function ownDomain(topic: string): string {
  const name = `${topic}-${randomBytes(3).toString('hex')}`;
  onTestFinished(async () => void (await lwd(['down', '--now', name])));
  return name;
}

function onTestHost(): Record<string, string> {
  return { XDG_RUNTIME_DIR: inject('runtimeDirectory'), LWD_HOST: 'embedded' };
}

export async function runScript(script: string): Promise<void> {
  const child = spawn(process.execPath, [join(root, script)], { stdio: ['ignore', 'ignore', 'inherit'] });
  const status = await new Promise((resolve) => child.on('close', resolve));
  if (status !== 0) throw new Error(`${script} ended with ${status}`);
}

/** Runs a program and gives what it printed; rejects if it fails. */
export async function runProgram(command: readonly [string, ...string[]], options: RunOptions = {}): Promise<string> {
  const child = spawn(command[0], command.slice(1), { cwd: options.cwd ?? root, stdio: ['ignore', 'pipe', 'pipe'] });
  const out: Buffer[] = [];
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk));
  const status = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  if (status !== 0) throw new Error(`${command.join(' ')} ended with ${status}: ${stderr}`);
  return Buffer.concat(out).toString('utf8');
}

/** Runs lwd on the tests' own host, which must end with this status. */
export async function lwdEnding(status: number, args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const ended = await lwd(args, options);
  if (ended.status === status) return ended;
  const words = `${ended.stdout.slice(-2000)}\n${ended.stderr.slice(-4000)}`;
  throw new Error(`lwd ${args.join(' ').slice(0, 200)} ended with ${ended.status}, not ${status}:\n${words}`);
}

/** What a program prints in the host's dom0; rejects if it fails. */
export async function dom0(...command: string[]): Promise<string> {
  return (await lwdEnding(0, ['host', 'ssh', '--', ...command])).stdout;
}

/** Names of the domains that Xen knows, dom0 not among them, in order. */
export async function xenDomains(): Promise<string[]> {
  const lines = (await dom0('xl', 'list')).trim().split('\n').slice(2);
  return lines.map((line) => line.split(/\s+/)[0] ?? '').sort();
}

/** JSON that a command prints with --json. */
export async function lwdJson(args: readonly string[], options: RunOptions = {}): Promise<unknown> {
  return JSON.parse((await lwdEnding(0, [...args, '--json'], options)).stdout);
}
