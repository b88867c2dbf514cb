/** Results of `lwd reconcile`. */
import type { Removed } from '../xl/observed/reconcile.js';
import type { Report } from './output.js';
import { type Rows, rowsReport } from './rows.js';

const words: Record<Removed['kind'], string> = {
  domain: 'a domain that was half-made',
  leavings: 'what a domain left that is gone',
  pool: 'a pool of CPUs without its domain',
  copies: 'copies that no domain has used',
  server: "a volume server's nodes",
  loop: 'a loop device of a copy whose domain is gone',
  file: 'a file that was being sent',
};

/** `here`: files of this machine. */
export function reconcileReport(removed: Rows<Removed>, here: readonly string[]): Report {
  const rows = rowsReport(removed, {
    key: 'removed',
    json: ({ kind, what }) => ({ kind, what }),
    lines: ({ kind, what }) => [[`removed ${words[kind]}:`, what]],
  });
  return {
    toJson: () => ({ ...(rows.toJson() as object), removedHere: here }),
    toText: () => [rows.toText(), ...here.map((path) => `removed here: ${path}`)].filter(Boolean).join('\n'),
  };
}
