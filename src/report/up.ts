/** Results of `lwd up`. */

import { type Outcome, outcomeText } from '../xl/facts/outcome.js';
import type { Used } from '../xl/facts/usage.js';
import type { FinishedDomain, StartedDomain } from '../xl/life/domain.js';
import { renderConfig } from '../xl/spec/cfg.js';
import type { DomainSpec } from '../xl/spec/spec.js';
import { crashJson, type ExplainedCrash } from './crash.js';
import type { Report } from './output.js';

/** A domain that has ended, and what that means. */
export interface EndedRun {
  finished: FinishedDomain;
  crash: ExplainedCrash | undefined;
  /** The status of a command that waited for this domain alone. */
  status: number;
  seconds: number;
  /** undefined if nobody asked, or nobody knows. */
  used?: Used | undefined;
}

export function usedJson(used: Used | undefined): Record<string, unknown> {
  if (used === undefined) return {};
  const { cpuSeconds, vcpus, memory } = used;
  return { used: { cpuSeconds, vcpus, memoryBytes: memory * 2 ** 20 } };
}

/** `lwd up --detach`: the name alone, for scripts. */
export function startedReport(domain: StartedDomain, host: string): Report {
  return {
    toJson: () => ({ ...identity(domain), host, state: 'running' }),
    toText: () => domain.name,
  };
}

/** At the end of a foreground `lwd up`: nothing on stdout but with --json, since stdout was the application's. */
export function finishedReport({ finished: domain, crash, status, seconds, used }: EndedRun, host: string): Report {
  return {
    toJson: () => ({
      ...identity(domain),
      host,
      state: outcomeText(domain.outcome),
      outcome: outcomeJson(domain.outcome),
      endedBy: domain.cause ?? null,
      status,
      seconds: Number(seconds.toFixed(3)),
      ...usedJson(used),
      ...(crash === undefined ? {} : { crash: crashJson(crash) }),
      ...remainsJson(domain),
    }),
    toText: () => '',
  };
}

/** What there still is of a domain that has ended. */
export function remainsJson({ kept, leftBehind, notes }: FinishedDomain): Record<string, unknown> {
  return { kept, leftBehind: leftBehind ?? null, notes };
}

export function outcomeJson(outcome: Outcome): Record<string, unknown> {
  switch (outcome.kind) {
    case 'exited':
      return { kind: outcome.kind, status: outcome.status };
    case 'crashed':
      return { kind: outcome.kind, signal: outcome.signal, what: outcome.what };
    case 'destroyed':
      return { kind: outcome.kind };
    case 'unclear':
      return { kind: outcome.kind, what: outcome.what };
  }
}

/** `lwd up --dry-run`. */
export function planReport(
  specs: readonly DomainSpec[],
  host: { name: string; because: string },
  files: string[],
): Report {
  const configs = specs.map((spec) => renderConfig(spec, 'lwd'));
  const plans = specs.map((spec, index) => ({ domain: { ...spec, uuid: undefined }, config: configs[index] }));
  return {
    toJson: () => ({ host: host.name, files, ...(plans.length === 1 ? plans[0] : { domains: plans }) }),
    toText: () =>
      [
        `host: ${host.name} (${host.because})`,
        ...files.map((file) => `send, unless it is there: ${file}`),
        ...configs.flatMap((config) => [
          `create, from this xl.cfg (actions "preserve": lwd reads the outcome, then destroys the domain):`,
          '',
          config.trimEnd(),
          '',
        ]),
      ]
        .join('\n')
        .trimEnd(),
  };
}

function identity({ name, id, uuid, shell }: StartedDomain): Record<string, unknown> {
  return { name, domid: id, uuid, ...(shell === undefined ? {} : { shell }) };
}
