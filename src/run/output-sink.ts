/**
 * Where what a domain writes goes: the one place for it. A command gives each domain that it runs a sink, and what reaches
 * the terminal, a file or nothing at all is decided here and by nobody else.
 */

export interface OutputSink {
  /** Bytes of the console as the domain wrote them, in pieces of any size. */
  console(chunk: Uint8Array): void;
  /** Nothing more comes. */
  end(): void;
}

/** As it comes, to stdout; with --json stdout is the result's, and the domain's bytes go to stderr. */
export function plainSink(json: boolean): OutputSink {
  const stream = json ? process.stderr : process.stdout;
  return { console: (chunk) => void stream.write(chunk), end: () => {} };
}

/** A line longer than this is broken there. */
const longestLine = 64 * 1024;

/** Whole lines only, so that those of several domains do not mix; the last one gets an end of line if it has none. */
export function lineSink(out: OutputSink): OutputSink {
  let held: Uint8Array[] = [];
  let size = 0;
  const flush = (last: Uint8Array) => {
    out.console(Buffer.concat([...held, last]));
    held = [];
    size = 0;
  };
  const newline = Buffer.from('\n');
  return {
    console(chunk) {
      const end = chunk.lastIndexOf(10) + 1;
      if (end > 0) flush(chunk.subarray(0, end));
      if (end === chunk.length) return;
      // A copy: a piece would keep the whole of the reader's buffer.
      held.push(Uint8Array.from(chunk.subarray(end)));
      size += chunk.length - end;
      if (size > longestLine) flush(newline);
    },
    end() {
      if (size > 0) flush(newline);
      out.end();
    },
  };
}
