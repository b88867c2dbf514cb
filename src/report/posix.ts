/** What `lwd build --posix-report` has to say: calls that are refused or faked, and who reaches them. */
import type { Shortfall } from '../toolchain/shortfall.js';
import { tableText } from './text.js';

/** Longer ways show their ends. */
const shownSteps = 6;

export function shortfallText(shortfalls: readonly Shortfall[]): string {
  if (shortfalls.length === 0)
    return 'the program reaches no call that is refused or faked (docs/limits.md has what else differs)';
  const rows = shortfalls.map(({ call, kind, why, chain }) => [call, kind, why, chainText(chain)]);
  return tableText([['CALL', 'ANSWER', 'WHY', 'REACHED BY'], ...rows]);
}

function chainText(chain: readonly string[]): string {
  const ways = chain.slice(0, -1);
  const shown = ways.length <= shownSteps ? ways : [...ways.slice(0, 2), '…', ...ways.slice(-3)];
  return shown.join(' > ');
}
