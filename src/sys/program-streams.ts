/** A program's standard streams (exec.ts): what it reads, and what becomes of what it writes. */
import type { ChildProcess } from 'node:child_process';
import { openSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { countsSteps, step } from './crash-point.js';

/** What a program reads; without any of these stdin is empty. */
export interface ProgramInput {
  /** Written to the program's stdin, which is then closed. */
  input?: string | Uint8Array;
  /** A file of this machine to feed to stdin instead of `input`. */
  inputFile?: string;
  /** Instead of `input`: handed the writing end of the program's stdin. A program that ends first is no error there. */
  onStdin?: (stdin: Writable) => void;
}

/** What the program's stdin is, as spawn takes it. Throws what the system says of a file. The caller closes a descriptor. */
export function openInput(options: ProgramInput): 'ignore' | 'pipe' | number {
  if (options.inputFile !== undefined) return openSync(options.inputFile, 'r');
  return options.input === undefined && options.onStdin === undefined ? 'ignore' : 'pipe';
}

/** Gives the program what it is to read. */
export function feed(child: ChildProcess, options: ProgramInput): void {
  const { stdin } = child;
  if (stdin === null) return;
  // A program may end without reading what it is given; that is its affair.
  stdin.on('error', () => {});
  if (options.input !== undefined) stdin.end(options.input);
  else {
    if (countsSteps) countWords(stdin);
    options.onStdin?.(stdin);
  }
}

/** A word to a running program is a step of its own. */
function countWords(stdin: Writable): void {
  const write = stdin.write.bind(stdin) as (...args: unknown[]) => boolean;
  stdin.write = (...args: unknown[]) => {
    const own = step(`write to a program: ${String(args[0]).slice(0, 40)}`);
    const result = write(...args);
    own.after();
    return result;
  };
}

/** Hands chunks on as they come, or keeps them: gives what was kept, as text. */
export function collect(stream: Readable | null, onChunk: ((chunk: Uint8Array) => void) | undefined): () => string {
  const chunks: Buffer[] = [];
  stream?.on('data', onChunk ?? ((chunk: Buffer) => void chunks.push(chunk)));
  return () => Buffer.concat(chunks).toString('utf8');
}
