/** Results of `lwd lease`. */
import type { RenewedLease } from '../xl/observed/lease.js';
import type { Report } from './output.js';
import { type Rows, rowsReport } from './rows.js';

export function leaseReport(renewed: Rows<RenewedLease>): Report {
  return rowsReport(renewed, {
    key: 'domains',
    json: ({ name, id, seconds, complaint }) => ({
      name,
      domid: id,
      leaseSeconds: seconds ?? null,
      ...(complaint === undefined ? {} : { complaint }),
    }),
    heading: ['NAME', 'RENEWED FOR'],
    lines: ({ name, seconds }) => [[name, seconds === undefined ? '-' : `${seconds} s`]],
  });
}
