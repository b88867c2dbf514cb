/** Results of `lwd mem`. */
import type { ChangedMemory, DomainMemory } from '../xl/change/memory.js';
import type { Report } from './output.js';
import { type Rows, rowsReport } from './rows.js';
import { bytesText } from './text.js';

const MiB = 2 ** 20;

/** `lwd mem get`, and `lwd mem set` with what came of it. */
export function memoryReport(domains: Rows<DomainMemory | ChangedMemory>): Report {
  const heading = ['NAME', 'HAS', 'WANTED', 'AT MOST', 'FREE'];
  return rowsReport(domains, { key: 'domains', json: memoryJson, heading, lines: (domain) => [memoryRow(domain)] });
}

function memoryJson(memory: DomainMemory | ChangedMemory): Record<string, unknown> {
  const bytes = (value: number | undefined) => (value === undefined ? null : value * MiB);
  const { name, id, current, target, most, free } = memory;
  return {
    name,
    domid: id,
    memoryBytes: bytes(current),
    targetBytes: bytes(target),
    mostBytes: bytes(most),
    freeBytes: bytes(free),
    ...('wanted' in memory
      ? { wantedBytes: bytes(memory.wanted), reached: memory.reached, complaint: memory.complaint ?? null }
      : {}),
  };
}

function memoryRow({ name, current, target, most, free }: DomainMemory): string[] {
  const cell = (value: number | undefined) => (value === undefined ? '-' : bytesText(value * MiB));
  return [name, current === undefined ? 'gone' : cell(current), cell(target), cell(most), cell(free)];
}
