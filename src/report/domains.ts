/** Results of the commands that look at domains or end them. */
import { wallSeconds, wallText } from '../sys/clock.js';
import type { DomainEvent } from '../xl/events.js';
import { outcomeText } from '../xl/outcome.js';
import type { ChangedState } from '../xl/pause.js';
import type { DomainStatus, Placement } from '../xl/status.js';
import type { TakenDown } from '../xl/takedown.js';
import type { Report } from './output.js';
import { ageText, bytesText, tableText } from './text.js';
import { outcomeJson } from './up.js';

/** `lwd ps` */
export function listReport(domains: readonly DomainStatus[], host: string): Report {
  return {
    toJson: () => ({ host, domains: domains.map(domainJson) }),
    toText: () => {
      if (domains.length === 0) return '';
      const heading = ['NAME', 'ID', 'STATE', 'VCPUS', 'CPUS', 'MEMORY', 'AGE', 'IMAGE'];
      return tableText([heading, ...domains.map(row)]);
    },
  };
}

function row(domain: DomainStatus): string[] {
  return [
    domain.name,
    String(domain.id),
    stateText(domain),
    String(domain.vcpus.length || '-'),
    placementText(domain.vcpus),
    bytesText(domain.memory * 2 ** 20),
    domain.record === undefined ? '-' : ageText(age(domain)),
    domain.record?.image.slice(0, 12) ?? '-',
  ];
}

export function stateText(domain: DomainStatus): string {
  return domain.outcome === undefined ? domain.state : outcomeText(domain.outcome);
}

/** "1" if all vCPUs may run on CPU 1, "0/1" if the first may run on 0 and the second on 1. */
function placementText(places: readonly Placement[]): string {
  const lists = [...new Set(places.map((place) => place.hard))];
  return lists.length === 0 ? '-' : lists.length === 1 ? (lists[0] ?? '-') : places.map(({ hard }) => hard).join('/');
}

function age(domain: DomainStatus): number {
  return Math.max(0, Math.round(wallSeconds() - (domain.record?.started ?? 0)));
}

/** A domain for programs; `lwd inspect` shows it whole. */
export function domainJson(domain: DomainStatus): Record<string, unknown> {
  const { record } = domain;
  return {
    name: domain.name,
    domid: domain.id,
    uuid: domain.uuid,
    state: stateText(domain),
    ...(domain.outcome === undefined ? {} : { outcome: outcomeJson(domain.outcome) }),
    memoryBytes: domain.memory * 2 ** 20,
    cpuSeconds: domain.cpuTime,
    vcpus: domain.vcpus.map(({ vcpu, cpu, hard, soft }) => ({ vcpu, cpu: cpu ?? null, hard, soft })),
    image: record?.image ?? null,
    symbols: record?.symbols ?? null,
    owner: record?.owner ?? null,
    placement: record?.placement ?? null,
    started: record === undefined ? null : record.started,
    ageSeconds: record === undefined ? null : age(domain),
    log: record === undefined ? null : { path: record.log, offset: domain.logOffset },
  };
}

/** `lwd wait`: a line for each domain. */
export function waitReport(
  ended: readonly { name: string; outcome: DomainStatus['outcome'] }[],
  status: number,
): Report {
  return {
    toJson: () => ({
      domains: ended.map(({ name, outcome }) => ({ name, ...(outcome && { outcome: outcomeJson(outcome) }) })),
      status,
    }),
    toText: () => ended.map(({ name, outcome }) => `${name}  ${outcome ? outcomeText(outcome) : 'unknown'}`).join('\n'),
  };
}

/** `lwd down` */
export function downReport(taken: readonly TakenDown[]): Report {
  return {
    toJson: () => ({
      domains: taken.map(({ domain, outcome, leftBehind }) => ({
        name: domain.name,
        domid: domain.id,
        outcome: outcomeJson(outcome),
        removed: leftBehind === undefined,
      })),
    }),
    toText: () =>
      taken
        .filter(({ leftBehind }) => leftBehind === undefined)
        .map(({ domain, outcome }) => `${domain.name}  ${outcomeText(outcome)}, removed`)
        .join('\n'),
  };
}

/** `lwd stop` */
export function stopReport(stopped: readonly TakenDown[]): Report {
  return {
    toJson: () => ({
      domains: stopped.map(({ domain, outcome, leftBehind }) => ({
        name: domain.name,
        domid: domain.id,
        outcome: outcomeJson(outcome),
        stopped: leftBehind === undefined,
      })),
    }),
    toText: () =>
      stopped
        .filter(({ leftBehind }) => leftBehind === undefined)
        .map(({ domain, outcome }) => `${domain.name}  ${outcomeText(outcome)}`)
        .join('\n'),
  };
}

/** `lwd pause`, `lwd unpause` */
export function stateReport(changed: readonly ChangedState[]): Report {
  return {
    toJson: () => ({
      domains: changed.map(({ name, id, state, complaint }) => ({
        name,
        domid: id,
        state,
        ...(complaint === undefined ? {} : { complaint }),
      })),
    }),
    toText: () => changed.map(({ name, state }) => `${name}  ${state}`).join('\n'),
  };
}

/** `lwd events`: one of them. */
export function eventReport({ kind, domain }: DomainEvent): Report {
  const at = wallText();
  return {
    toJson: () => ({ at, event: kind, domain: domainJson(domain) }),
    toText: () => `${at}  ${domain.name}  ${kind === 'ended' ? stateText(domain) : kind}`,
  };
}

/** `lwd pin` */
export function pinReport(name: string, places: readonly Placement[]): Report {
  return {
    toJson: () => ({
      name,
      vcpus: places.map(({ vcpu, cpu, hard, soft }) => ({ vcpu, cpu: cpu ?? null, hard, soft })),
    }),
    toText: () =>
      tableText([
        ['VCPU', 'ON', 'MAY RUN ON', 'PREFERS'],
        ...places.map(({ vcpu, cpu, hard, soft }) => [String(vcpu), cpu === undefined ? '-' : String(cpu), hard, soft]),
      ]),
  };
}
