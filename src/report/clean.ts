/** What `lwd clean` has to say. */
import type { Removed } from '../toolchain/inventory.js';
import type { Report } from './output.js';
import { bytesText } from './text.js';

export function cleanReport(removed: readonly Removed[]): Report {
  return {
    toJson: () => ({ removed }),
    toText: () =>
      removed.length === 0
        ? 'nothing to remove'
        : removed.map(({ path, bytes }) => `removed ${path} (${bytesText(bytes)})`).join('\n'),
  };
}
