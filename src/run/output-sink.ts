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
