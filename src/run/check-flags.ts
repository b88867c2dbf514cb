/** Flags of `lwd up` that do not go with --detach, or with the number of domains that are meant. */
import { UserError } from '../errors.js';
import type { Host } from '../host/host.js';
import type { Task } from './schedule.js';

/** What an lwd does that stays with its domains, and nobody otherwise. */
export function checkDetached(flags: {
  detach: boolean;
  timeout?: string | undefined;
  grace?: string | undefined;
}): void {
  const flag = flags.timeout !== undefined ? '--timeout' : flags.grace !== undefined ? '--grace' : undefined;
  if (!flags.detach || flag === undefined) return;
  const instead =
    flag === '--timeout'
      ? [
          'have the host end it when nobody renews it in time: --lease TIME',
          'or wait for it: lwd wait NAME --timeout TIME',
        ]
      : ['say it when you end it: lwd down NAME --grace TIME'];
  throw new UserError(`${flag} is for an lwd that stays with its domain, and with --detach none does`, {
    exit: 'usage',
    next: instead,
  });
}

export function checkForOne(hosts: readonly Host[]): void {
  if (hosts.length === 1) return;
  throw new UserError(`--host names ${hosts.length} hosts, and one domain runs on one`, {
    exit: 'usage',
    next: [
      `say how many domains: --count ${hosts.length}`,
      `or name one of: ${hosts.map(({ name }) => name).join(', ')}`,
    ],
  });
}

/** What is of one domain alone, or of an lwd that waits. */
export function checkForSeveral(
  flags: { publish?: string[] | undefined; trace?: string | undefined; detach: boolean },
  tasks: readonly Task[],
): void {
  const flag = flags.publish !== undefined ? '--publish' : flags.trace !== undefined ? '--trace' : undefined;
  if (flag !== undefined) {
    throw new UserError(`${flag} is for one domain, and there are several`, {
      exit: 'usage',
      next: ['leave it out, or run one domain alone: without --count, and without `domains` in lwd.yaml'],
    });
  }
  const waits = tasks.some(({ after }) => after.some(({ condition }) => condition !== 'started'));
  if (!waits || !flags.detach) return;
  throw new UserError('--detach: some of the domains wait for the end of others, and nobody would see that', {
    exit: 'usage',
    next: ['run it without --detach', 'or choose those that need not wait: --only NAME'],
  });
}
