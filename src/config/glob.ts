/** File patterns: `*`, `?` and `[…]` within a name, `{a,b}`, and `**` for any folders. Hidden names have to be named. */
import { join } from 'node:path';
import { listEntries } from '../sys/fs.js';

/** Whether the text has anything that makes it a pattern. */
export function isPattern(text: string): boolean {
  return /[*?[{]/.test(text);
}

/** Files that match the pattern, absolute, sorted. Links to files count as files; `**` does not follow links to folders. */
export async function expandPattern(folder: string, pattern: string): Promise<string[]> {
  const found = new Set<string>();
  for (const alternative of expandBraces(pattern)) {
    const absolute = alternative.startsWith('/');
    const segments = alternative.split('/').filter((segment) => segment !== '' && segment !== '.');
    await walk(absolute ? '/' : folder, segments, found);
  }
  return [...found].sort();
}

async function walk(folder: string, segments: readonly string[], found: Set<string>): Promise<void> {
  const [segment, ...rest] = segments;
  if (segment === undefined) return;
  if (segment !== '**' && !isPattern(segment) && rest.length > 0) return walk(join(folder, segment), rest, found);
  const entries = await listEntries(folder);
  if (segment === '**') {
    await walk(folder, rest.length > 0 ? rest : ['*'], found);
    for (const { name, kind } of entries) {
      if (kind === 'directory' && !name.startsWith('.')) await walk(join(folder, name), segments, found);
    }
    return;
  }
  const matches = nameMatcher(segment);
  for (const { name, kind } of entries) {
    if (!matches(name)) continue;
    if (rest.length > 0 && kind !== 'file') await walk(join(folder, name), rest, found);
    else if (rest.length === 0 && kind !== 'directory') found.add(join(folder, name));
  }
}

/** "a{b,c}d" → "abd", "acd"; nested as well. */
export function expandBraces(pattern: string): string[] {
  const open = pattern.indexOf('{');
  if (open < 0) return [pattern];
  let depth = 0;
  const parts: string[] = [];
  let start = open + 1;
  for (let at = open; at < pattern.length; at += 1) {
    const character = pattern[at];
    if (character === '{') depth += 1;
    if (character === '}') depth -= 1;
    if ((character === ',' && depth === 1) || depth === 0) {
      parts.push(pattern.slice(start, at));
      start = at + 1;
    }
    if (depth === 0)
      return parts.flatMap((part) => expandBraces(pattern.slice(0, open) + part + pattern.slice(at + 1)));
  }
  return [pattern];
}

/** Whether a name, without slashes, matches one segment of a pattern. */
export function nameMatcher(segment: string): (name: string) => boolean {
  let source = '';
  for (let at = 0; at < segment.length; at += 1) {
    const character = segment[at] ?? '';
    const set = character === '[' ? /^\[([!^]?)([^\]/]+)\]/.exec(segment.slice(at)) : null;
    if (set) {
      source += `[${set[1] ? '^' : ''}${(set[2] ?? '').replaceAll(/[\\^[]/g, '\\$&')}]`;
      at += set[0].length - 1;
    } else if (character === '*') source += '[^/]*';
    else if (character === '?') source += '[^/]';
    else source += character.replace(/[\\^$.*+?()[\]{}|]/, '\\$&');
  }
  const expression = compiled(`^${source}$`);
  if (expression === undefined) return () => false;
  return (name) => (!name.startsWith('.') || segment.startsWith('.')) && expression.test(name);
}

/** undefined if a range runs backwards: `[z-a]` stands for no character, as in the shell. */
function compiled(source: string): RegExp | undefined {
  try {
    return new RegExp(source, 'u');
  } catch {
    return undefined;
  }
}
