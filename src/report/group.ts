/** Results of a command that started several domains. */

import { outcomeText } from '../xl/facts/outcome.js';
import type { StartedDomain } from '../xl/life/domain.js';
import { crashJson } from './crash.js';
import type { Failure } from './failure.js';
import type { Report } from './output.js';
import { tableText } from './text.js';
import { type EndedRun, outcomeJson, remainsJson, usedJson } from './up.js';

/** What became of one of them. */
export type MemberEnd =
  | { kind: 'started'; domain: StartedDomain }
  /** `stopped`: lwd ended it, because another one failed. */
  | { kind: 'ended'; ended: EndedRun; stopped: boolean }
  /** lwd or the host could not do what was to be done with it. */
  | { kind: 'failed'; name: string; failure: Failure }
  /** It was not made: what it waited for did not come, or all were to end before. */
  | { kind: 'skipped'; name: string };

export interface GroupResult {
  /** The common part of their names. */
  group: string;
  /** Of each of them, where it is. */
  hosts: readonly string[];
  ends: readonly MemberEnd[];
  /** The command's. */
  status: number;
  seconds: number;
}

/** `lwd up --detach`: the names, a line each, for scripts. */
export function startedGroupReport(result: GroupResult): Report {
  return {
    toJson: () => groupJson(result),
    toText: () => result.ends.flatMap((end) => (end.kind === 'started' ? [end.domain.name] : [])).join('\n'),
  };
}

/** At the end of a foreground `lwd up`: nothing on stdout but with --json, since stdout was the applications'. */
export function finishedGroupReport(result: GroupResult): Report {
  return { toJson: () => groupJson(result), toText: () => '' };
}

/** For people: how many ended how; then those that did not end well, a line each. */
export function groupText({ hosts, ends, seconds }: GroupResult): string {
  const several = new Set(hosts).size > 1;
  const counts = new Map<string, number>();
  for (const end of ends) counts.set(stateOf(end), (counts.get(stateOf(end)) ?? 0) + 1);
  const parts = [...counts].map(([state, count]) => `${count} ${state}`);
  const rows = ends.flatMap((end, index) => {
    if (end.kind === 'started' || (end.kind === 'ended' && end.ended.status === 0)) return [];
    const row = [nameOf(end), stateOf(end), String(statusOf(end) ?? '-')];
    return [several ? [hosts[index] ?? '-', ...row] : row];
  });
  const heading = [...(several ? ['HOST'] : []), 'NAME', 'STATE', 'STATUS'];
  const table = rows.length === 0 ? '' : `\n${tableText([heading, ...rows])}`;
  const domains = ends.length === 1 ? 'domain' : 'domains';
  return `${ends.length} ${domains} in ${seconds.toFixed(1)} s: ${parts.join(', ')}${table}`;
}

function groupJson({ group, hosts, ends, status, seconds }: GroupResult): Record<string, unknown> {
  const all = [...new Set(hosts)];
  return {
    group,
    ...(all.length === 1 ? { host: all[0] } : { hosts: all }),
    status,
    seconds: Number(seconds.toFixed(3)),
    domains: ends.map((end, index) => ({ ...endJson(end), host: hosts[index] ?? null })),
  };
}

function endJson(end: MemberEnd): Record<string, unknown> {
  const common = { name: nameOf(end), state: stateOf(end), status: statusOf(end) ?? null };
  switch (end.kind) {
    case 'started':
      return { ...common, domid: end.domain.id, uuid: end.domain.uuid, ...shellJson(end.domain) };
    case 'ended': {
      const { finished, crash, seconds, used } = end.ended;
      return {
        ...common,
        domid: finished.id,
        uuid: finished.uuid,
        ...shellJson(finished),
        outcome: outcomeJson(finished.outcome),
        endedBy: end.stopped ? 'fail-fast' : (finished.cause ?? null),
        seconds: Number(seconds.toFixed(3)),
        ...usedJson(used),
        ...(crash === undefined ? {} : { crash: crashJson(crash) }),
        ...remainsJson(finished),
      };
    }
    case 'failed':
      return { ...common, error: end.failure };
    case 'skipped':
      return common;
  }
}

function shellJson({ shell }: StartedDomain): Record<string, unknown> {
  return shell === undefined ? {} : { shell };
}

function nameOf(end: MemberEnd): string {
  if (end.kind === 'started') return end.domain.name;
  return end.kind === 'ended' ? end.ended.finished.name : end.name;
}

function stateOf(end: MemberEnd): string {
  if (end.kind === 'started') return 'running';
  return end.kind === 'ended' ? outcomeText(end.ended.finished.outcome) : end.kind;
}

/** undefined of those that have none. */
function statusOf(end: MemberEnd): number | undefined {
  if (end.kind === 'ended') return end.ended.status;
  return end.kind === 'failed' ? end.failure.exitCode : undefined;
}
