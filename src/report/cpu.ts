/** Results of `lwd cpu`. */
import type { DomainCpus } from '../xl/change/cpu.js';
import type { Report } from './output.js';
import { type Rows, rowsReport } from './rows.js';

export function cpuReport(domains: Rows<DomainCpus>): Report {
  return rowsReport(domains, {
    key: 'domains',
    json: ({ name, id, online, most }) => ({ name, domid: id, online: online ?? null, most }),
    heading: ['NAME', 'VCPUS ON', 'AT MOST'],
    lines: ({ name, online, most }) => [[name, online === undefined ? 'gone' : String(online), String(most)]],
  });
}
