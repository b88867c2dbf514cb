/**
 * What the standard streams of a command's domains are: this process's own, or files (`--output`, `--error`, `--input`), with
 * or without labels. Files are opened before any domain is made. Several domains may share one: then line by line.
 */
import { hostname } from 'node:os';
import { dirname, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { UserError } from '../errors.js';
import { ownStatus } from '../exit-status.js';
import type { Output } from '../report/output.js';
import { type Destination, fileDestination, nowhere, openForReading } from '../sys/destination.js';
import { exists } from '../sys/fs.js';
import type { DomainWish } from '../xl/spec/spec.js';
import { expandPattern, type PatternValues } from './output-pattern.js';
import { Lines, lineSink, type OutputSink, ownStreams } from './output-sink.js';

export interface StreamFlags {
  'label-io'?: boolean;
  output?: string | undefined;
  error?: string | undefined;
  input?: string | undefined;
}

/** Of one domain. */
export interface DomainStreams {
  sink: OutputSink;
  openStdin(): Readable | undefined;
}

/** Stands for no file. */
const none = 'none';

export class Streams {
  readonly #flags: StreamFlags;
  readonly #output: Output;
  readonly #files = new Map<string, Destination>();
  readonly #own: { stdout: Destination; stderr: Destination };
  readonly #domains: DomainStreams[];
  #lost = false;

  /** Opens what the flags name for these domains. Throws UserError. */
  constructor(flags: StreamFlags, wishes: readonly DomainWish[], output: Output) {
    this.#flags = flags;
    this.#output = output;
    this.#own = ownStreams(output.json);
    this.#domains = wishes.map((wish, index) => this.#open(wish, index, wishes.length));
  }

  /** In the order of the wishes. */
  of(index: number): DomainStreams {
    return this.#domains[index] as DomainStreams;
  }

  /** After all domains: the status to end with, `status` unless something was lost without a trace in it. */
  async end(status: number): Promise<number> {
    for (const file of this.#files.values()) await file.end();
    return this.#lost && status === 0 ? ownStatus('outputLost') : status;
  }

  #open(wish: DomainWish, index: number, count: number): DomainStreams {
    const { output, error, input, 'label-io': labelled } = this.#flags;
    const values = valuesOf(wish, index);
    const stdout = output === undefined ? this.#own.stdout : this.#file('--output', output, values);
    const stderr =
      error !== undefined
        ? this.#file('--error', error, values)
        : // As Slurm has it: who wants one file wants all of it there.
          output !== undefined
          ? stdout
          : this.#own.stderr;
    const toLines = labelled || count > 1;
    const sink = toLines ? lineSink({ stdout, stderr }, labelled ? `${wish.name}: ` : '') : asItComes(stdout, stderr);
    // The kernel's words are lwd's, wherever the application's go.
    const console = new Lines(this.#own.stderr, labelled ? `${wish.name}: ` : '');
    const whole: OutputSink = {
      ...sink,
      console: (chunk) => console.write(chunk),
      async end() {
        await sink.end();
        await console.end();
      },
    };
    return { sink: whole, openStdin: this.#input(input, values, index) };
  }

  #file(flag: string, pattern: string, values: PatternValues): Destination {
    if (pattern === none) return nowhere;
    const path = expandPattern(flag, pattern, values);
    const place = resolve(path);
    const open = this.#files.get(place);
    if (open !== undefined) return open;
    try {
      // What an earlier run of the job has written stays.
      const file = fileDestination(path, values.restart === 0 ? 'empty' : 'append', (why) => {
        this.#lost = true;
        this.#output.warn(`${flag}: ${path} takes no more (${why.code}): what comes for it from now on is lost`);
      });
      this.#files.set(place, file);
      return file;
    } catch (error) {
      throw cannotOpen(flag, path, error as NodeJS.ErrnoException);
    }
  }

  #input(pattern: string | undefined, values: PatternValues, index: number): () => Readable | undefined {
    if (pattern === none) return () => undefined;
    // There is one standard input: the first of several has it, as rank 0 of an MPI program does.
    if (pattern === undefined) return () => (index === 0 ? process.stdin : undefined);
    const path = expandPattern('--input', pattern, values);
    try {
      const file = openForReading(path);
      return () => file;
    } catch (error) {
      throw cannotOpen('--input', path, error as NodeJS.ErrnoException);
    }
  }
}

function valuesOf({ name, batch, env }: DomainWish, index: number): PatternValues {
  const rank = env.LWD_RANK === undefined ? (batch?.rank ?? index) : Number(env.LWD_RANK);
  const [machine = 'unknown'] = hostname().split('.');
  return { job: batch?.job ?? String(process.pid), rank, restart: batch?.restart ?? 0, name, machine };
}

function asItComes(stdout: Destination, stderr: Destination): Omit<OutputSink, 'console'> {
  return { stdout: (chunk) => stdout.write(chunk), stderr: (chunk) => stderr.write(chunk), end: () => {} };
}

function cannotOpen(flag: string, path: string, { code }: NodeJS.ErrnoException): UserError {
  const folder = dirname(path);
  if (!exists(folder)) {
    return new UserError(`${flag}: ${path} cannot be made: there is no folder ${folder}`, {
      exit: 'usage',
      next: [`make it: mkdir -p ${folder}`],
    });
  }
  return new UserError(`${flag}: ${path} cannot be opened (${code})`, { exit: 'usage', next: ['name another file'] });
}
