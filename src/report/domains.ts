/** Results of the commands that look at domains or end them. */
import { wallSeconds, wallText } from '../sys/clock.js';
import type { ChangedState } from '../xl/change/pause.js';
import type { PinnedDomain } from '../xl/change/pin.js';
import type { SentSignal } from '../xl/change/signal.js';
import { outcomeText } from '../xl/facts/outcome.js';
import type { TakenDown } from '../xl/life/takedown.js';
import type { DomainEvent } from '../xl/observed/events.js';
import type { DomainStatus, Placement } from '../xl/observed/status.js';
import type { Report } from './output.js';
import { hostsJson, type Placed, type Rows, rowsReport } from './rows.js';
import { ageText, bytesText } from './text.js';
import { outcomeJson } from './up.js';

/** `lwd ps`. `long`: the domains' places are known, and shown. As JSON they are in any case. */
export function listReport(domains: Rows<DomainStatus>, long: boolean): Report {
  const heading = ['NAME', 'ID', 'STATE', 'VCPUS', ...(long ? ['CPUS'] : []), 'MEMORY', 'AGE', 'IMAGE'];
  const lines = (domain: DomainStatus) => [row(domain, long)];
  return rowsReport(domains, { key: 'domains', json: domainJson, heading, lines });
}

function row(domain: DomainStatus, long: boolean): string[] {
  return [
    domain.name,
    String(domain.id),
    stateText(domain),
    String(domain.vcpus),
    ...(long ? [placementText(domain.places)] : []),
    bytesText(domain.memory * 2 ** 20),
    domain.record === undefined ? '-' : ageText(age(domain)),
    domain.record?.image.slice(0, 12) ?? '-',
  ];
}

function stateText(domain: DomainStatus): string {
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

/** A domain for programs, with its places; `lwd inspect` shows it whole. */
function domainJson(domain: DomainStatus): Record<string, unknown> {
  const { record } = domain;
  return {
    name: domain.name,
    domid: domain.id,
    uuid: domain.uuid,
    state: stateText(domain),
    ...(domain.outcome === undefined ? {} : { outcome: outcomeJson(domain.outcome) }),
    memoryBytes: domain.memory * 2 ** 20,
    cpuSeconds: domain.cpuTime,
    vcpus: domain.places.map(({ vcpu, cpu, hard, soft }) => ({ vcpu, cpu: cpu ?? null, hard, soft })),
    image: record?.image ?? null,
    symbols: record?.symbols ?? null,
    owner: record?.owner ?? null,
    placement: record?.placement ?? null,
    batch: record?.batch ?? null,
    started: record === undefined ? null : record.started,
    ageSeconds: record === undefined ? null : age(domain),
    log: record === undefined ? null : { path: record.log, offset: domain.logOffset },
  };
}

/** `lwd inspect`: of one domain all is at the top, of several it is a list. */
export function inspectReport(found: Rows<DomainStatus & { addresses: readonly string[] }>): Report {
  const json = (domain: DomainStatus & Placed & { addresses: readonly string[] }) => ({
    host: domain.host,
    ...domainJson(domain),
    addresses: domain.addresses,
  });
  const [only, ...others] = found.rows;
  const value =
    only !== undefined && others.length === 0 && found.failed.length === 0
      ? json(only)
      : { ...hostsJson(found), domains: found.rows.map(json) };
  return { toJson: () => value, toText: () => JSON.stringify(value, undefined, 2) };
}

/** `lwd wait`: a line for each domain. */
export function waitReport(ended: Rows<{ name: string; outcome: DomainStatus['outcome'] }>, status: number): Report {
  const report = rowsReport(ended, {
    key: 'domains',
    json: ({ name, outcome }) => ({ name, ...(outcome && { outcome: outcomeJson(outcome) }) }),
    lines: ({ name, outcome }) => [[name, outcome ? outcomeText(outcome) : 'unknown']],
  });
  return { ...report, toJson: () => ({ ...(report.toJson() as object), status }) };
}

/** `lwd down`, `lwd rm` */
export function downReport(taken: Rows<TakenDown>): Report {
  return endedReport(taken, 'removed', (outcome) => `${outcome}, removed`);
}

/** `lwd stop` */
export function stopReport(stopped: Rows<TakenDown>): Report {
  return endedReport(stopped, 'stopped', (outcome) => outcome);
}

/** Those that are still there are told of on stderr. */
function endedReport(taken: Rows<TakenDown>, done: string, words: (outcome: string) => string): Report {
  return rowsReport(taken, {
    key: 'domains',
    json: ({ domain, outcome, leftBehind }) => ({
      name: domain.name,
      domid: domain.id,
      outcome: outcomeJson(outcome),
      [done]: leftBehind === undefined,
    }),
    lines: ({ domain, outcome, leftBehind }) =>
      leftBehind === undefined ? [[domain.name, words(outcomeText(outcome))]] : [],
  });
}

/** `lwd pause`, `lwd unpause` */
export function stateReport(changed: Rows<ChangedState>): Report {
  return rowsReport(changed, {
    key: 'domains',
    json: ({ name, id, state, complaint }) => ({
      name,
      domid: id,
      state,
      ...(complaint === undefined ? {} : { complaint }),
    }),
    lines: ({ name, state }) => [[name, state]],
  });
}

/** `lwd kill` */
export function signalReport(sent: Rows<SentSignal>): Report {
  return rowsReport(sent, {
    key: 'domains',
    json: ({ name, id, signal, taken, state, complaint }) => ({
      ...{ name, domid: id, signal, taken, state },
      ...(complaint === undefined ? {} : { complaint }),
    }),
    lines: ({ name, signal, taken }) => (taken ? [[name, `has taken ${signal}`]] : []),
  });
}

/** `lwd events`: one of them. `several`: from one of several hosts. */
export function eventReport({ kind, domain }: DomainEvent, host: string, several: boolean): Report {
  const at = wallText();
  return {
    toJson: () => ({ at, host, event: kind, domain: domainJson(domain) }),
    toText: () => `${at}  ${several ? `${host}  ` : ''}${domain.name}  ${kind === 'ended' ? stateText(domain) : kind}`,
  };
}

/** `lwd pin`: a line for each vCPU. */
export function pinReport(pinned: Rows<PinnedDomain>): Report {
  const [only, ...others] = pinned.rows;
  const report = rowsReport(pinned, {
    key: 'domains',
    json: pinnedJson,
    heading: ['NAME', 'VCPU', 'ON', 'MAY RUN ON', 'PREFERS'],
    lines: ({ name, places }) =>
      places.map(({ vcpu, cpu, hard, soft }) => [
        name,
        String(vcpu),
        cpu === undefined ? '-' : String(cpu),
        hard,
        soft,
      ]),
  });
  const alone = only !== undefined && others.length === 0 ? pinnedJson(only) : {};
  return { ...report, toJson: () => ({ ...alone, ...(report.toJson() as object) }) };
}

function pinnedJson({ name, id, places, complaint }: PinnedDomain): Record<string, unknown> {
  return {
    name,
    domid: id,
    vcpus: places.map(({ vcpu, cpu, hard, soft }) => ({ vcpu, cpu: cpu ?? null, hard, soft })),
    ...(complaint === undefined ? {} : { complaint }),
  };
}
