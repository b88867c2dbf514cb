/** The steps of somebody else's build, run one after the other; what they print goes to a log, whose end is shown on failure. */
import { ToolError } from '../errors.js';
import { exec } from '../sys/exec.js';
import { writeAtomic } from '../sys/fs.js';
import type { Work } from './sources.js';

export interface StepsOptions extends Work {
  /** What is built, for messages: "newlib 4.5.0". */
  title: string;
  /** Where the programs run. */
  folder: string;
  /** The log's path; written when a step fails. */
  log: string;
  /** Replaces the environment's entries of the same name. */
  env: Record<string, string>;
  /** Of each step, in milliseconds; 0: none. */
  timeout: number;
}

export class LoggedSteps {
  readonly #options: StepsOptions;
  #text = '';

  constructor(options: StepsOptions) {
    this.#options = options;
  }

  /** Runs the program; gives what it wrote on stderr. Throws a ToolError with the exit status `buildFailed` if it fails. */
  async step(title: string, command: readonly [string, ...string[]]): Promise<string> {
    const { title: what, folder, env, log, timeout, signal, report } = this.#options;
    report(`${what}: ${title}`);
    let said = '';
    const keep = (chunk: Uint8Array) => {
      this.#text += Buffer.from(chunk).toString();
    };
    const result = await exec(command, {
      cwd: folder,
      env,
      timeout,
      ...(signal ? { signal } : {}),
      onStdout: keep,
      onStderr: (chunk) => {
        keep(chunk);
        said += Buffer.from(chunk).toString();
      },
    });
    signal?.throwIfAborted();
    if (result.exitCode === 0 && result.startError === undefined) return said;
    await writeAtomic(log, this.#text);
    throw new ToolError(
      `${title} ${what} failed`,
      { command, status: result.exitCode, stderrTail: firstComplaint(this.#text) },
      { exit: 'buildFailed', next: [`the whole log: ${log}`] },
    );
  }
}

/** From the first line that has the word "error", or else the last lines. */
function firstComplaint(text: string): string {
  const lines = text.trimEnd().split('\n');
  const first = lines.findIndex((line) => /\berror\b/i.test(line));
  return (first < 0 ? lines.slice(-12) : lines.slice(first, first + 12)).join('\n');
}
