/**
 * The short forms in which batch systems write numbers and names: `0-2,4-5`, `5,1` and `1(x2)`, `xen[0-1,3]`. Pure. What
 * they stand for is bounded: a text from the environment must not make lwd fill its memory.
 */

/** More CPUs, tasks or nodes than that is no allocation of today. */
const most = 65_536;

/** "0-2,4-5" → 0, 1, 2, 4, 5: ascending, each once. undefined if it is no such list. */
export function parseNumbers(text: string): number[] | undefined {
  const numbers = new Set<number>();
  for (const part of text.split(',')) {
    const match = /^(\d{1,6})(?:-(\d{1,6}))?$/.exec(part);
    if (match === null) return undefined;
    const first = Number(match[1]);
    const last = Number(match[2] ?? match[1]);
    if (first > last || last >= most) return undefined;
    for (let number = first; number <= last; number += 1) numbers.add(number);
  }
  return [...numbers].sort((a, b) => a - b);
}

/** "5,1(x2)" → 5, 1, 1: a number for each node, in their order. undefined if it is no such list. */
export function parseRepeated(text: string): number[] | undefined {
  const numbers: number[] = [];
  for (const part of text.split(',')) {
    const match = /^(\d{1,6})(?:\(x([1-9]\d{0,5})\))?$/.exec(part);
    const times = Number(match?.[2] ?? 1);
    if (match === null || numbers.length + times > most) return undefined;
    for (let count = 0; count < times; count += 1) numbers.push(Number(match[1]));
  }
  return numbers;
}

/** "a[0-1,05],b" → a0, a1, a05, b. undefined if it is no such list. Digits keep their leading zeros. */
export function parseNames(text: string): string[] | undefined {
  const names: string[] = [];
  for (const part of splitOutside(text)) {
    const found = expand(part);
    if (found === undefined || names.length + found.length > most) return undefined;
    names.push(...found);
  }
  return names;
}

/** At commas that are in no brackets. */
function splitOutside(text: string): string[] {
  return text.split(/,(?![^[\]]*\])/);
}

function expand(text: string): string[] | undefined {
  const match = /^([\w.-]*)\[([\d,-]+)\](.*)$/.exec(text);
  if (match === null) return /^[\w.-]+$/.test(text) ? [text] : undefined;
  const [, before = '', ranges = '', after = ''] = match;
  const rest = after === '' ? [''] : expand(after);
  const middle = ranges.split(',').map(numbersOf);
  if (rest === undefined || middle.some((part) => part === undefined)) return undefined;
  const flat = middle.flatMap((part) => part ?? []);
  if (flat.length * rest.length > most) return undefined;
  return flat.flatMap((number) => rest.map((end) => `${before}${number}${end}`));
}

function numbersOf(range: string): string[] | undefined {
  const match = /^(\d{1,6})(?:-(\d{1,6}))?$/.exec(range);
  if (match === null) return undefined;
  const [, first = '', last = first] = match;
  const count = Number(last) - Number(first) + 1;
  if (count < 1 || count > most) return undefined;
  return Array.from({ length: count }, (_, index) => String(Number(first) + index).padStart(first.length, '0'));
}
