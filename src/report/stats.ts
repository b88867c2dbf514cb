/** `lwd stats` */
import type { Rates } from '../xl/observed/stats.js';
import type { Report } from './output.js';
import { type Rows, rowsReport } from './rows.js';
import { bytesText } from './text.js';

export function statsReport(domains: Rows<Rates>): Report {
  const heading = ['NAME', 'CPU', 'CPU TIME', 'MEMORY', 'DISK R/W', 'DISK/S', 'NET IN/OUT', 'NET/S'];
  return rowsReport(domains, { key: 'domains', json: statsJson, heading, lines: (domain) => [statsRow(domain)] });
}

function statsJson({ id, memory, cpuPercent, diskRate, netRate, ...rest }: Rates): Record<string, unknown> {
  const { name, uuid, vcpus, cpuSeconds, diskRead, diskWritten, netReceived, netSent } = rest;
  return {
    name,
    domid: id,
    uuid,
    vcpus,
    cpuSeconds,
    cpuPercent: cpuPercent ?? null,
    memoryBytes: memory * 2 ** 20,
    disk: { readBytes: diskRead, writtenBytes: diskWritten, bytesPerSecond: diskRate ?? null },
    net: { receivedBytes: netReceived, sentBytes: netSent, bytesPerSecond: netRate ?? null },
  };
}

function statsRow(domain: Rates): string[] {
  const rate = (value: number | undefined) => (value === undefined ? '-' : bytesText(Math.round(value)));
  return [
    domain.name,
    domain.cpuPercent === undefined ? '-' : `${domain.cpuPercent.toFixed(0)} %`,
    `${domain.cpuSeconds.toFixed(1)} s`,
    bytesText(domain.memory * 2 ** 20),
    `${bytesText(domain.diskRead)} / ${bytesText(domain.diskWritten)}`,
    rate(domain.diskRate),
    `${bytesText(domain.netReceived)} / ${bytesText(domain.netSent)}`,
    rate(domain.netRate),
  ];
}
