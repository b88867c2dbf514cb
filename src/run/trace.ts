/**
 * `lwd up --trace FILE`: asks the domain to record, reads the recording out of its memory when it has ended and before it is
 * destroyed, and writes it as trace events.
 */
import { basename, dirname, resolve } from 'node:path';
import { HostError, UserError } from '../errors.js';
import type { Host } from '../host/host.js';
import { handlersOf, traceJson } from '../report/trace.js';
import { status, writeAtomic } from '../sys/fs.js';
import { printableLine } from '../sys/printable.js';
import { ensureDom0Program } from '../toolchain/dom0-program.js';
import { parseRecording, parseTraceNode } from '../xl/facts/recording.js';
import type { EndedDomain } from '../xl/life/launch.js';
import { symbolize } from '../xl/life/symbols.js';
import type { DomainWish } from '../xl/spec/spec.js';

const readerTimeout = 60_000;
/** Bytes: header, texts, names and the most records. */
const mostBytes = 2 * 2 ** 20;

/** Throws UserError if FILE cannot be where it is to be; nothing else has happened then. */
export async function checkTraceFile(file: string): Promise<void> {
  const path = resolve(file);
  if ((await status(dirname(path)))?.kind === 'directory' && (await status(path))?.kind !== 'directory') return;
  throw new UserError(`--trace: ${file} cannot be written`, {
    exit: 'usage',
    next: ['name a file in a folder that is there'],
  });
}

/** The domain is to record as many events as a 16th of its memory holds, within what the recorder can. */
export function wishTraced(wish: DomainWish): DomainWish {
  const fitting = 2 ** Math.floor(Math.log2(wish.settings.memory / 16 / 32));
  const records = Math.min(Math.max(fitting, 512), 32_768);
  return { ...wish, env: { ...wish.env, LWD_TRACE: String(records) } };
}

export class Trace {
  readonly #file: string;
  readonly #host: Host;
  readonly #reader: string;
  #bytes: Uint8Array | undefined;
  #failure: string | undefined;

  private constructor(file: string, host: Host, reader: string) {
    this.#file = file;
    this.#host = host;
    this.#reader = reader;
  }

  static async prepare(file: string, host: Host, signal: AbortSignal): Promise<Trace> {
    const program = await ensureDom0Program('trace-reader', signal);
    return new Trace(resolve(file), host, await host.push(program.path, program.sha256));
  }

  /** The domain has ended and is still there. */
  async read(domain: EndedDomain): Promise<void> {
    const frame = parseTraceNode(domain.nodes.get('trace') ?? '');
    if (frame === undefined) {
      this.#failure = 'the program has not recorded: it ended before, or was linked without -u lwd_trace_start';
      return;
    }
    const chunks: Uint8Array[] = [];
    let size = 0;
    const take = (chunk: Uint8Array) => {
      size += chunk.length;
      if (size <= mostBytes) chunks.push(chunk);
    };
    const script = '[ -x "$1" ] || chmod 700 "$1"; exec "$@"';
    const options = { timeout: readerTimeout, onStdout: take };
    const result = await this.#host.script(script, [this.#reader, String(domain.id), frame], options);
    if (result.exitCode === 0) this.#bytes = Buffer.concat(chunks);
    else this.#failure = printableLine(result.stderr.trim() || `the trace reader ended with ${result.exitCode}`);
  }

  /** Returns a remark for the user, if there is one. Throws HostError if the file cannot be written. */
  async write(domain: string, symbols: string | undefined): Promise<string | undefined> {
    if (this.#bytes === undefined) return `there is no trace: ${this.#failure ?? 'the domain was gone'}`;
    const recording = parseRecording(this.#bytes);
    if (typeof recording === 'string')
      return `there is no trace: what the domain recorded cannot be read: ${recording}`;
    const addresses = handlersOf(recording).slice(0, 256);
    const { places } = await symbolize(
      addresses.map((address) => address + 1n),
      { symbols, exact: false },
    );
    const handlers = new Map<bigint, string>();
    for (const place of places) {
      if (place.function === undefined) continue;
      const file = place.file === undefined ? '' : ` (${basename(place.file)})`;
      handlers.set(place.address - 1n, printableLine(place.function + file));
    }
    try {
      await writeAtomic(this.#file, traceJson(recording, { domain, handlers }));
    } catch (error) {
      throw new HostError(`the trace could not be written to ${this.#file}: ${String(error)}`, { cause: error });
    }
    if (recording.lost === 0) return undefined;
    return `the trace has the last ${recording.events.length} events; ${recording.lost} before them had no room`;
  }
}
