/**
 * A connection that can be cut, and a dom0 that can be held, so that the cut comes at a known step: a proxy in front of the
 * embedded host's sshd, and an `xl` in its dom0 that stops before a wanted call.
 */
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';

export class CuttingProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #mode: 'open' | 'refuse' | 'deaf' = 'open';
  /** Bytes that may still go there. */
  #left = Number.POSITIVE_INFINITY;

  private constructor(target: number) {
    this.#server = createServer((here) => this.#carry(here, target));
  }

  static async to(port: number): Promise<CuttingProxy> {
    const proxy = new CuttingProxy(port);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Ends all connections, and lets none in until open(). */
  cut(): void {
    this.#mode = 'refuse';
    for (const socket of this.#sockets) socket.destroy();
  }

  /** What the far side says from now on is lost; what is said to it arrives. */
  deafen(): void {
    this.#mode = 'deaf';
  }

  /** Cuts when so many more bytes have gone there. */
  cutAfter(bytes: number): void {
    this.#left = bytes;
  }

  open(): void {
    this.#mode = 'open';
    this.#left = Number.POSITIVE_INFINITY;
  }

  close(): void {
    this.cut();
    this.#server.close();
  }

  #carry(here: Socket, port: number): void {
    if (this.#mode === 'refuse') {
      here.destroy();
      return;
    }
    const there = connect(port, '127.0.0.1');
    for (const [one, other] of [
      [here, there],
      [there, here],
    ] as const) {
      this.#sockets.add(one);
      one.on('error', () => {});
      one.on('close', () => {
        this.#sockets.delete(one);
        other.destroy();
      });
    }
    here.on('data', (chunk: Buffer) => {
      this.#left -= chunk.length;
      if (this.#left < 0) this.cut();
      else there.write(chunk);
    });
    there.on('data', (chunk: Buffer) => void (this.#mode === 'open' && here.write(chunk)));
  }
}

/** In place of dom0's xl: stops before the call that /run/hold/VERB names by how many come before it, until that file is gone. */
const holdingXl = `#!/bin/sh
if [ -e /run/hold/$1 ]; then
  read -r before </run/hold/$1
  if [ "$before" -gt 0 ]; then echo $((before - 1)) >/run/hold/$1
  else
    mv /run/hold/$1 /run/hold/.held
    while [ -e /run/hold/.held ]; do sleep 0.05; done
  fi
fi
exec /usr/sbin/xl.real "$@"
`;

/** The dom0 of an embedded host, past lwd and past the proxy. */
export class HeldDom0 {
  readonly #run: string;

  /** `run`: the instance's folder. */
  constructor(run: string) {
    this.#run = run;
  }

  get port(): number {
    return Number(/^ {2}Port (\d+)$/m.exec(readFileSync(join(this.#run, 'ssh.conf'), 'utf8'))?.[1]);
  }

  /** An ssh configuration that leads through the proxy. */
  configurationThrough(proxy: CuttingProxy, path: string): string {
    const own = readFileSync(join(this.#run, 'ssh.conf'), 'utf8');
    writeFileSync(path, own.replace(/^ {2}Port .*$/m, `  Port ${proxy.port}`));
    return path;
  }

  async prepare(): Promise<void> {
    await this.sh(
      'mkdir -p /run/hold && cp /usr/sbin/xl /usr/sbin/xl.real && printf %s "$1" >/tmp/xl && chmod 755 /tmp/xl && mv /tmp/xl /usr/sbin/xl',
      holdingXl,
    );
  }

  /** The next call of this verb but `before` stops before it does anything. */
  async hold(verb: string, before = 0): Promise<void> {
    await this.sh('echo "$2" >"/run/hold/$1"', verb, String(before));
  }

  /** Waits until one is held. */
  async held(): Promise<void> {
    await this.sh('while [ ! -e /run/hold/.held ]; do sleep 0.05; done');
  }

  async release(): Promise<void> {
    await this.sh('rm -f /run/hold/* /run/hold/.held');
  }

  /** Waits until the condition, shell text, holds. */
  async until(condition: string): Promise<void> {
    await this.sh(`until ${condition}; do sleep 0.05; done`);
  }

  /** Nothing of lwd's is left, and nothing is held. */
  async clear(): Promise<void> {
    await this.sh(`rm -f /run/hold/* /run/hold/.held
xl.real list | { read -r heading; read -r dom0; while read -r name id rest; do xl.real destroy $id; done; }
rm -f /var/log/xen/console/guest-*`);
  }

  /** Runs a shell program there and gives what it printed; rejects if it fails, or takes a minute. */
  sh(text: string, ...args: string[]): Promise<string> {
    const word = (argument: string) => `'${argument.replaceAll("'", "'\\''")}'`;
    const line = `exec sh -c ${[text, 'sh', ...args].map(word).join(' ')}`;
    const child = spawn('ssh', ['-F', join(this.#run, 'ssh.conf'), 'dom0', line], {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 60_000,
    });
    let out = '';
    let said = '';
    child.stdout.on('data', (chunk) => (out += chunk));
    child.stderr.on('data', (chunk) => (said += chunk));
    return new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (status) => {
        if (status === 0) resolve(out);
        else reject(new Error(`in dom0, ${text}: ${status}: ${said}`));
      });
    });
  }
}
