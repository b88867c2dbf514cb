/** Results of `lwd cpu`. */
import type { DomainCpus } from '../xl/cpu.js';
import type { Report } from './output.js';
import { tableText } from './text.js';

export function cpuReport(domains: readonly DomainCpus[], host: string): Report {
  return {
    toJson: () => ({
      host,
      domains: domains.map(({ name, id, online, most }) => ({ name, domid: id, online: online ?? null, most })),
    }),
    toText: () =>
      domains.length === 0
        ? ''
        : tableText([
            ['NAME', 'VCPUS ON', 'AT MOST'],
            ...domains.map(({ name, online, most }) => [
              name,
              online === undefined ? 'gone' : String(online),
              String(most),
            ]),
          ]),
  };
}
