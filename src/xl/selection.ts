/** Which domains a command means, by what is known of them: `--selector state=paused,name=job-*`. Pure. */
import { UserError } from '../errors.js';
import type { DomainStatus } from './status.js';

export interface Selector {
  key: string;
  /** Exact, but for `*`, which is any text. */
  value: string;
}

const known: Record<string, (domain: DomainStatus) => string> = {
  name: ({ name }) => name,
  state: ({ state }) => state,
  uuid: ({ uuid }) => uuid,
  image: ({ record }) => record?.image ?? '',
  owner: ({ record }) => record?.owner ?? '',
  group: ({ record }) => record?.group ?? '',
  job: ({ record }) => record?.batch?.job ?? '',
  array: ({ record }) => record?.batch?.array ?? '',
  step: ({ record }) => record?.batch?.step ?? '',
  rank: ({ record }) => String(record?.batch?.rank ?? ''),
  restart: ({ record }) => String(record?.batch?.restart ?? ''),
};

/** Several, separated by commas, all hold. Throws UserError. */
export function parseSelector(text: string): Selector[] {
  return text.split(',').map((part) => {
    const equals = part.indexOf('=');
    const key = part.slice(0, Math.max(equals, 0));
    if (equals > 0 && Object.hasOwn(known, key)) return { key, value: part.slice(equals + 1) };
    throw new UserError(`--selector: "${part}" is no selector`, {
      exit: 'usage',
      next: [`write KEY=VALUE, in which * is any text; keys are ${Object.keys(known).join(', ')}`],
    });
  });
}

export function selects(selectors: readonly Selector[], domain: DomainStatus): boolean {
  return selectors.every(({ key, value }) => matches(value, known[key]?.(domain) ?? ''));
}

function matches(pattern: string, text: string): boolean {
  const parts = pattern.split('*');
  const [first = '', ...rest] = parts;
  if (rest.length === 0) return text === pattern;
  if (!text.startsWith(first)) return false;
  const last = rest.pop() ?? '';
  let at = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}
