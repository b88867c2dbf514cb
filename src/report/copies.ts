/** How `lwd copies` shows them. */
import { wallSeconds } from '../sys/clock.js';
import type { LeftCopies } from '../xl/left-copies.js';
import type { Report } from './output.js';
import { ageText, bytesText, printableLine, tableText } from './text.js';

export function copiesReport(copies: readonly LeftCopies[], host: string): Report {
  return {
    toJson: () => ({ host, copies: copies.map(({ size, ...rest }) => ({ ...rest, bytes: size * 1024 })) }),
    toText: () => (copies.length === 0 ? '' : tableText([heading, ...copies.flatMap(rows)])),
  };
}

const heading = ['UUID', 'DOMAIN', 'STATE', 'AGE', 'SIZE', 'OF', 'AS'];

function rows({ uuid, domain, state, since, size, from, copies }: LeftCopies): string[][] {
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
