/** Which domains a command means, by what is known of them: `--selector state=paused,name=job-*`. Pure. */
import { UserError } from '../../errors.js';
import { outcomeText } from '../facts/outcome.js';
import type { DomainStatus } from './status.js';

export interface Selector {
  key: string;
  /** Exact, but for `*`, which is any text. */
  value: string;
}

/** What `lwd ps` shows; "ended" is all of those that have an outcome. */
const states = ['running', 'paused', 'ended', 'exited', 'crashed', 'destroyed', 'unclear', 'dying', 'shell'];

const known: Record<string, (domain: DomainStatus) => string | readonly string[]> = {
  name: ({ name }) => name,
  state: ({ state, outcome }) => [state, ...(outcome === undefined ? [] : [outcome.kind, outcomeText(outcome)])],
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

/** Several, separated by commas, all hold. Throws UserError, also for a state that there is not. */
export function parseSelector(text: string): Selector[] {
  return text.split(',').map((part) => {
    const equals = part.indexOf('=');
    const key = part.slice(0, Math.max(equals, 0));
    const value = part.slice(equals + 1);
    if (key === 'state' && !/[*(]/.test(value) && !states.includes(value)) {
      throw new UserError(`--selector: "${value}" is no state`, {
        exit: 'usage',
        next: [`states are ${states.join(', ')}`],
      });
    }
    if (equals > 0 && Object.hasOwn(known, key)) return { key, value };
    throw new UserError(`--selector: "${part}" is no selector`, {
      exit: 'usage',
      next: [`write KEY=VALUE, in which * is any text; keys are ${Object.keys(known).join(', ')}`],
    });
  });
}

export function selects(selectors: readonly Selector[], domain: DomainStatus): boolean {
  return selectors.every(({ key, value }) => {
    const texts = known[key]?.(domain) ?? '';
    return (typeof texts === 'string' ? [texts] : texts).some((text) => matches(value, text));
  });
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
