/**
 * What a caller gets to see of texts that tell of all domains: `xl list -v`, `xl vcpu-list`, nodes of xenstore, counters.
 * Each begins with `xl list -v`, whose UUIDs say which domains are the caller's. A line that is not surely one of theirs goes.
 * Pure.
 */
import { parseRows } from '../xl/facts/list-rows.js';
import { parsePlacements } from '../xl/observed/status.js';

export function visibleText(text: string, owns: (uuid: string) => boolean): string {
  const own = new Set(
    parseRows(text)
      .filter(({ uuid }) => owns(uuid))
      .map(({ id }) => id),
  );
  const lines = text.split('\n').filter((line) => isVisible(line, owns, own));
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

function isVisible(line: string, owns: (uuid: string) => boolean, own: ReadonlySet<number>): boolean {
  if (/^--- [a-z]+$/.test(line)) return true;
  const [row] = parseRows(line);
  if (row !== undefined) return owns(row.uuid);
  const node = /^\/local\/domain\/(\d+)\/|\/(?:vbd-|vif)(\d+)[.-]\d+\/statistics\//.exec(line);
  if (node !== null) return own.has(Number(node[1] ?? node[2]));
  const [id] = parsePlacements(line).keys();
  return id !== undefined && own.has(id);
}
