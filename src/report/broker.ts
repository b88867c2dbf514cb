/** A broker's policy, as it was understood. */
import type { AllowedPath, Rule } from '../broker/policy.js';
import type { Report } from './output.js';

export function policyReport(rules: readonly Rule[]): Report {
  return {
    toJson: () => ({ rules }),
    toText: () => rules.map((rule, index) => `${index + 1}. ${ruleText(rule)}`).join('\n'),
  };
}

function ruleText(rule: Rule): string {
  const who = [
    ...rule.users.map((uid) => `user ${uid}`),
    ...rule.groups.map((gid) => `group ${gid}`),
    ...(rule.everyone ? ['everyone'] : []),
  ];
  const list = (what: string, items: readonly string[] | undefined) => `${what}: ${items?.join(', ') || 'none'}`;
  const limits = `${rule.domains} domains, ${rule.memory} MiB, ${rule.vcpus} vCPUs`;
  return [
    `${who.join(', ')}: each ${limits}${rule.job ? ', within a job only' : ''}`,
    `   CPUs: ${rule.cpus ?? 'all'}; pools: ${rule.pools?.join(', ') ?? 'all'}; images up to ${rule.image / 2 ** 20} MiB`,
    `   ${list('bridges', rule.bridges)}; ${list('devices', rule.devices.map(pathText))}`,
    `   ${list('disks in', rule.disks.map(pathText))}; ${list('folders', rule.volumes.map(pathText))}`,
  ].join('\n');
}

function pathText({ path, readonly }: AllowedPath): string {
  return readonly ? `${path} (to be read)` : path;
}
