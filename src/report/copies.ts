/** How `lwd copies` shows them. */
import { wallSeconds } from '../sys/clock.js';
import { printableLine } from '../sys/printable.js';
import type { LeftCopies } from '../xl/copies/left-copies.js';
import type { Report } from './output.js';
import { type Rows, rowsReport } from './rows.js';
import { ageText, bytesText } from './text.js';

export function copiesReport(copies: Rows<LeftCopies>): Report {
  return rowsReport(copies, {
    key: 'copies',
    json: ({ uuid, domain, from, since, state, size, copies }) => ({
      uuid,
      domain,
      from,
      since,
      state,
      copies,
      bytes: size * 1024,
    }),
    heading: ['UUID', 'DOMAIN', 'STATE', 'AGE', 'SIZE', 'OF', 'AS'],
    lines,
  });
}

function lines({ uuid, domain, state, since, size, from, copies }: LeftCopies): string[][] {
  const age = ageText(wallSeconds() - since);
  return copies.map(({ source, target }) => [
    uuid,
    printableLine(domain, 60),
    state,
    age,
    bytesText(size * 1024),
    printableLine(`${from}:${source}`),
    printableLine(target),
  ]);
}
