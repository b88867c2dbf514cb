/**
 * QEMU's control socket (QMP): JSON lines over a Unix socket, one client at a time.
 */
import { createConnection, type Socket } from 'node:net';
import { HostError } from '../../errors.js';
import { waitFor } from '../../sys/clock.js';

export interface Qmp {
  /** Runs a command and gives its `return`. Throws HostError when QEMU refuses it or goes away. */
  execute(command: string, args?: Record<string, unknown>): Promise<unknown>;
  /** A command of QEMU's human monitor; gives what it prints. */
  monitor(commandLine: string): Promise<string>;
  close(): void;
}

interface Waiting {
  resolve: (value: unknown) => void;
  reject: (error: Error) => void;
  timer: NodeJS.Timeout;
}

/** What takes QEMU long it does after its answer; a QEMU that is stopped, or serves another client, gives none. */
const usualPatience = 60_000;

/**
 * Connects to the socket as soon as QEMU has made it; within `timeout` milliseconds, or it throws. `alive` is asked
 * between attempts whether QEMU still runs. `patience` is for each answer.
 */
export async function connectQmp(
  path: string,
  alive: () => Promise<boolean>,
  timeout: number,
  patience = usualPatience,
): Promise<Qmp> {
  const attempt = async (): Promise<Qmp | 'gone' | undefined> => {
    const qmp = await connectOnce(path, patience);
    if (qmp !== undefined) return qmp;
    return (await alive()) ? undefined : 'gone';
  };
  const qmp = await waitFor(attempt, { timeout, interval: 10 });
  if (qmp === 'gone') throw new HostError('QEMU ended right after its start');
  if (qmp === undefined) throw new HostError(`QEMU does not answer on its control socket ${path}`);
  await qmp.execute('qmp_capabilities');
  return qmp;
}

function connectOnce(path: string, patience: number): Promise<Qmp | undefined> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    socket.once('error', () => resolve(undefined));
    socket.once('connect', () => resolve(client(socket, patience)));
  });
}

function client(socket: Socket, patience: number): Qmp {
  const waiting: Waiting[] = [];
  let rest = '';
  const fail = (message: string) => {
    while (waiting.length > 0) next()?.reject(new HostError(message));
  };
  // Answers come in the order of the commands; the greeting and events are neither.
  const next = (): Waiting | undefined => {
    const first = waiting.shift();
    clearTimeout(first?.timer);
    return first;
  };
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines.filter((text) => text.trim() !== '')) receive(line);
  });
  socket.on('error', (error) => fail(`lost the connection to QEMU: ${error.message}`));
  socket.on('close', () => fail('QEMU closed its control socket'));

  function receive(line: string): void {
    const message = parse(line);
    if (message === undefined) {
      fail(`QEMU's control socket gives no JSON: ${line.slice(0, 80)}`);
      socket.destroy();
      return;
    }
    if ('error' in message) next()?.reject(new HostError(`QEMU: ${message.error?.desc}`));
    else if ('return' in message) next()?.resolve(message.return);
  }

  const execute = (command: string, args?: Record<string, unknown>): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (socket.destroyed) return reject(new HostError('QEMU closed its control socket'));
      const timer = setTimeout(() => {
        fail(`QEMU has not answered "${command}" on its control socket for ${patience / 1000} s`);
        socket.destroy();
      }, patience);
      waiting.push({ resolve, reject, timer });
      socket.write(`${JSON.stringify({ execute: command, ...(args === undefined ? {} : { arguments: args }) })}\n`);
    });
  return {
    execute,
    async monitor(commandLine) {
      return String(await execute('human-monitor-command', { 'command-line': commandLine }));
    },
    close: () => socket.destroy(),
  };
}

function parse(line: string): { return?: unknown; error?: { desc?: string } } | undefined {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
