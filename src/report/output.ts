/**
 * Where a command's words go. stdout holds the result and nothing else (the application's output, a table, or one JSON
 * value); progress, notes and errors go to stderr.
 */

/** A result that can be shown both ways. */
export interface Report {
  /** Plain data: what --json prints. */
  toJson(): unknown;
  /** Without a newline at its end; empty text prints nothing. */
  toText(): string;
}

export interface OutputFlags {
  json: boolean;
  quiet: boolean;
  verbose: boolean;
}

export class Output {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;

  constructor(flags: OutputFlags) {
    this.json = flags.json;
    this.quiet = flags.quiet;
    this.verbose = flags.verbose;
  }

  /** Whether stderr is a terminal that may be drawn upon. */
  get interactive(): boolean {
    // A terminal that does not know its own width (a pseudo-terminal in a script) cannot be drawn upon.
    return Boolean(process.stderr.isTTY && process.stderr.columns) && !this.json && process.env.TERM !== 'dumb';
  }

  /** The command's result, on stdout. */
  result(report: Report): void {
    this.#print(report, 2);
  }

  /** One result of many, as they come: with --json a line of its own. */
  oneOfMany(report: Report): void {
    this.#print(report, 0);
  }

  #print(report: Report, indentation: number): void {
    const text = this.json ? JSON.stringify(versioned(report.toJson()), undefined, indentation) : report.toText();
    if (text !== '') process.stdout.write(`${text}\n`);
  }

  /** Progress, hints: on stderr, silenced by --quiet. */
  note(text: string): void {
    if (!this.quiet) process.stderr.write(`${text}\n`);
  }

  /** What must be seen even with --quiet: on stderr. */
  warn(text: string): void {
    process.stderr.write(`lwd: ${text}\n`);
  }

  /** Only with --verbose, on stderr. */
  detail(text: string): void {
    if (this.verbose) process.stderr.write(`${text}\n`);
  }
}

/** Rises when a field of some result goes or comes to mean something else; fields may be added without that. */
const schemaVersion = 2;

function versioned(value: unknown): unknown {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? { schema: schemaVersion, ...value } : value;
}

/** Whether text for `stream` may hold colour: a terminal, and NO_COLOR not set. */
export function wantsColour(stream: { isTTY?: boolean }): boolean {
  return Boolean(stream.isTTY) && !process.env.NO_COLOR && process.env.TERM !== 'dumb';
}
