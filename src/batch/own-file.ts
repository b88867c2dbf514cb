/**
 * Files that lwd writes where others write too: each says in a line of its own what it was when lwd wrote it, so that one which
 * somebody has changed is told from one that is only of an older lwd. Pure.
 */
import { sha256 } from '../sys/digest.js';

const mark = '# Written by lwd slurm install: ';

/** The text with its mark: the first line, or the second of a script, and of a C file, which begins with a comment. */
export function marked(text: string): string {
  const { head, body } = split(text);
  return `${head}${mark}${sha256(head + body)}\n${body}`;
}

/** Whether the text is just as lwd left it, of whatever version. */
export function isUntouched(text: string): boolean {
  const { head, body } = split(text);
  const end = body.indexOf('\n');
  const line = body.slice(0, end);
  return line.startsWith(mark) && line.slice(mark.length) === sha256(head + body.slice(end + 1));
}

function split(text: string): { head: string; body: string } {
  const end = /^#!|^\/\*\n/.test(text) ? text.indexOf('\n') + 1 : 0;
  return { head: text.slice(0, end), body: text.slice(end) };
}

export type FileChange = 'new' | 'same' | 'update' | 'replace' | 'keep';

export interface InstalledFile {
  path: string;
  change: FileChange;
  /** As diff writes it; undefined if there is nothing to compare. */
  difference: string | undefined;
}

/** What becomes of a file: `found` is its text, undefined if there is none; `force` overwrites what others changed. */
export function changeOf(
  found: string | undefined,
  wanted: string,
  options: { force: boolean; once: boolean },
): FileChange {
  if (found === undefined) return 'new';
  if (found === wanted || options.once) return 'same';
  if (isUntouched(found)) return 'update';
  return options.force ? 'replace' : 'keep';
}
