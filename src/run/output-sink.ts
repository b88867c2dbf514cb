/**
 * Where what a domain writes goes: the one place for it. A command gives each domain that it runs a sink, and what reaches
 * the terminal, a file or nothing at all is decided here and by nobody else.
 */
import { TerminalText } from '../report/terminal-text.js';
import type { Destination } from '../sys/destination.js';
import { streamDestination } from '../sys/destination.js';

/** Bytes in pieces of any size. A promise: nothing more is to come until it is kept, and the domain's process waits. */
export interface OutputSink {
  stdout(chunk: Uint8Array): void | Promise<void>;
  stderr(chunk: Uint8Array): void | Promise<void>;
  /** What the kernel says; it begins its lines with "lwd: ". */
  console(chunk: Uint8Array): void | Promise<void>;
  /** Nothing more comes. */
  end(): void | Promise<void>;
}

/** The streams of this process, for what domains write. With --json stdout is the result's, and all goes to stderr. */
export function ownStreams(json: boolean): { stdout: Destination; stderr: Destination } {
  const stderr = safeForTerminal(process.stderr);
  return { stdout: json ? stderr : safeForTerminal(process.stdout), stderr };
}

/** A terminal gets no control characters of a guest's; a file or a pipe gets every byte as it is. */
function safeForTerminal(stream: NodeJS.WriteStream): Destination {
  const to = streamDestination(stream);
  if (!stream.isTTY) return to;
  const text = new TerminalText();
  return {
    write: (chunk) => to.write(text.push(chunk)),
    end: () => to.end(),
  };
}

/** Everything as it comes: stdout to stdout, the rest to stderr. */
export function plainSink(json: boolean): OutputSink {
  const { stdout, stderr } = ownStreams(json);
  return {
    stdout: (chunk) => stdout.write(chunk),
    stderr: (chunk) => stderr.write(chunk),
    console: (chunk) => stderr.write(chunk),
    end: () => {},
  };
}

/** A line longer than this is broken there. */
const longestLine = 64 * 1024;
const newline = 10;

/** Whole lines only, each behind `label`; the last one gets an end of line if it has none. */
export class Lines {
  readonly #to: Destination;
  readonly #label: Buffer;
  #held: Uint8Array[] = [];
  #size = 0;

  constructor(to: Destination, label = '') {
    this.#to = to;
    this.#label = Buffer.from(label);
  }

  write(chunk: Uint8Array): void | Promise<void> {
    const end = chunk.lastIndexOf(newline) + 1;
    const whole = end > 0 ? this.#take(chunk.subarray(0, end)) : undefined;
    if (end < chunk.length) {
      // A copy: a piece would keep the whole of the reader's buffer.
      this.#held.push(Uint8Array.from(chunk.subarray(end)));
      this.#size += chunk.length - end;
    }
    if (this.#size > longestLine) return this.#both(whole, this.end());
    return whole;
  }

  end(): void | Promise<void> {
    return this.#size > 0 ? this.#take(Buffer.from('\n')) : undefined;
  }

  #take(last: Uint8Array): void | Promise<void> {
    const text = Buffer.concat([...this.#held, last]);
    this.#held = [];
    this.#size = 0;
    if (this.#label.length === 0) return this.#to.write(text);
    const parts: Uint8Array[] = [];
    for (let at = 0; at < text.length; ) {
      const end = text.indexOf(newline, at) + 1;
      parts.push(this.#label, text.subarray(at, end));
      at = end;
    }
    return this.#to.write(Buffer.concat(parts));
  }

  #both(one: void | Promise<void>, other: void | Promise<void>): void | Promise<void> {
    return one === undefined ? other : one.then(() => other);
  }
}

/** Whole lines of each stream, so that those of several domains do not mix. `label` stands before each. */
export function lineSink(to: { stdout: Destination; stderr: Destination }, label = ''): OutputSink {
  const stdout = new Lines(to.stdout, label);
  const stderr = new Lines(to.stderr, label);
  const console = new Lines(to.stderr, label);
  return {
    stdout: (chunk) => stdout.write(chunk),
    stderr: (chunk) => stderr.write(chunk),
    console: (chunk) => console.write(chunk),
    async end() {
      await stdout.end();
      await stderr.end();
      await console.end();
    },
  };
}
