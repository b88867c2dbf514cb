/** What is wrong with lwd.yaml, in words, with line and column: all of it at once. */
import { UserError } from '../errors.js';
import { nearest } from './nearest.js';
import { keysAt } from './schema.js';
import type { YamlFile } from './yaml-file.js';

export interface Problem {
  line: number;
  column: number;
  /** "domain.memory", "files[0].target"; '' for the file as a whole. */
  key: string;
  /** What is wrong and what is allowed. */
  message: string;
}

/** lwd.yaml is wrong; `problems` is never empty. */
export class ConfigurationError extends UserError {
  readonly problems: readonly Problem[];

  constructor(file: string, problems: readonly Problem[]) {
    const sorted = problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
    const lines = sorted.map(
      ({ line, column, key, message }) => `${file}:${line}:${column} ${key === '' ? '' : `${key}: `}${message}`,
    );
    super(lines.join('\n'));
    this.problems = sorted;
  }
}

/** The part of a zod issue that is used here. */
export interface SchemaIssue {
  code?: string;
  path: PropertyKey[];
  message: string;
  keys?: string[];
  /** Of an invalid key of a record: what is wrong with it. */
  issues?: unknown[];
  /** Of a value that is none of several kinds: what each kind finds wrong. */
  errors?: SchemaIssue[][];
}

/** The keys that the mapping at a path may have, and those that it will have one day. */
export type KnownKeys = typeof keysAt;

/** A schema issue as problems, one for each unknown key. */
export function explainIssue(issue: SchemaIssue, file: YamlFile, keys: KnownKeys = keysAt): Problem[] {
  if (issue.code === 'unrecognized_keys') {
    return (issue.keys ?? []).map((key) => ({
      ...file.keyPosition([...issue.path, key]),
      key: keyText([...issue.path, key]),
      message: unknownKey(key, keys(issue.path)),
    }));
  }
  if (issue.code === 'invalid_key') {
    const [inner] = (issue.issues ?? []) as { message?: string }[];
    const message = `${quote(issue.path.at(-1))} is not allowed as a name, which must be ${inner?.message}`;
    return [{ ...file.keyPosition(issue.path), key: keyText(issue.path.slice(0, -1)), message }];
  }
  // Of the right kind, and wrong further in.
  const inside = issue.errors?.find((each) => each.length > 0 && each.every(({ path }) => path.length > 0));
  if (inside !== undefined) {
    return inside.flatMap((each) => explainIssue({ ...each, path: [...issue.path, ...each.path] }, file, keys));
  }
  const value = file.valueAt(issue.path);
  const found = value === undefined ? 'is missing' : value === null ? 'is empty' : `is ${quote(value)}`;
  return [{ ...file.position(issue.path), key: keyText(issue.path), message: `${found}, must be ${issue.message}` }];
}

function unknownKey(key: string, { known, planned }: ReturnType<KnownKeys>): string {
  if (planned.includes(key)) return 'is not yet supported by this version of lwd';
  const near = nearest(key, known);
  if (near !== undefined) return `is not known here; did you mean "${near}"?`;
  return `is not known here; known: ${known.join(', ')}`;
}

export function keyText(path: readonly PropertyKey[]): string {
  let shown = '';
  for (const part of path) {
    if (typeof part === 'number') shown += `[${part}]`;
    else shown += shown === '' ? String(part) : `.${String(part)}`;
  }
  return shown;
}

function quote(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'a mapping';
  const shown = JSON.stringify(value) ?? String(value);
  return shown.length > 60 ? `${shown.slice(0, 57)}…"` : shown;
}
