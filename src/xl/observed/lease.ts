/**
 * Leases (lease-script.ts), seen from lwd: the runner's renewals, and the bounds of what may be asked for.
 */
import { UserError } from '../../errors.js';
import type { Host } from '../../host/host.js';
import { every, monotonic } from '../../sys/clock.js';
import { orThrow } from '../../sys/exec.js';
import { parseDuration } from '../facts/units.js';
import { runsVariable } from '../script/leavings.js';
import type { DomainStatus } from './status.js';

/** Below the first, a busy machine alone could be taken for a dead one. */
const shortest = 5;
const longest = 24 * 3600;

/** `--lease TIME` in whole seconds. Throws UserError. In virtual time a second of dom0 may be over in no time here. */
export function parseLease(text: string, host: Pick<Host, 'virtualTime'>): number {
  const seconds = Math.ceil(parseDuration('--lease', text) / 1000);
  if (host.virtualTime) {
    throw new UserError('--lease: in virtual time nobody can say when a lease is over', {
      exit: 'usage',
      next: ['leave it out, or use another host'],
    });
  }
  if (seconds >= shortest && seconds <= longest) return seconds;
  throw new UserError(`--lease: ${text} is too ${seconds < shortest ? 'short' : 'long'}`, {
    exit: 'usage',
    next: [`give ${shortest}s to 24h`],
  });
}

export interface Renewals {
  stop(): void;
}

/** Tells the run script that this process is alive: now, and then four times in a lease. */
export function renewLease(tell: (words: string) => void, seconds: number): Renewals {
  const renew = () => tell(`alive ${Math.floor(monotonic() / 1000)}`);
  renew();
  return every((seconds * 1000) / 4, renew);
}

export interface RenewedLease {
  name: string;
  id: number;
  /** For which it is renewed; undefined if it could not be. */
  seconds: number | undefined;
  complaint: string | undefined;
}

/** Parameters: UUIDs. For each one a line: UUID, and what its lease is now, or nothing. */
const renewScript = `
${runsVariable}
for uuid; do
  seconds=
  if read -r at seconds guard <"$runs/$uuid.lease" && [ "$at" != ended ]; then
    read -r now rest </proc/uptime
    echo "\${now%.*} $seconds $guard" 1<>"$runs/$uuid.lease"
  else seconds=
  fi 2>/dev/null
  echo "$uuid $seconds"
done`;

/** Renews each for the time that it was given when its domain was made. */
export async function renewLeases(host: Host, domains: readonly DomainStatus[]): Promise<RenewedLease[]> {
  const uuids = domains.map(({ uuid }) => uuid);
  const { stdout } = orThrow(await host.script(renewScript, uuids, { timeout: 30_000 }), 'renewing leases', host.name);
  const leases = new Map([...stdout.matchAll(/^(\S+) (\d+)$/gm)].map(([, uuid, seconds]) => [uuid, Number(seconds)]));
  return domains.map(({ name, id, uuid, state }) => {
    const seconds = state === 'ended' ? undefined : leases.get(uuid);
    const reason = state === 'ended' ? 'it has ended' : 'it has no lease';
    return { name, id, seconds, complaint: seconds === undefined ? reason : undefined };
  });
}
