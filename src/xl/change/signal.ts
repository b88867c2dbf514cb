/**
 * Signals to the processes of domains, whoever stays with them, if anybody does. A signal is a node that dom0 makes in the
 * domain's part of xenstore (kernel/posix/process/process.c), and the domain removes it when it takes the signal: so two of
 * the same kind that nobody has taken yet are one, as everywhere.
 */
import { constants } from 'node:os';
import { UserError } from '../../errors.js';
import { dom0Program } from '../../host/dom0-programs.js';
import type { Host } from '../../host/host.js';
import { orThrow } from '../../sys/exec.js';
import { type PassedSignal, passedSignals } from '../facts/process-frames.js';
import { type DomainState, type DomainStatus, listDomains } from '../observed/status.js';

export interface SentSignal {
  name: string;
  id: number;
  signal: PassedSignal;
  taken: boolean;
  state: DomainState | 'gone';
  /** Why it was not taken. */
  complaint: string | undefined;
}

/** The signal's name with SIG, of one with or without it, in any case, or of Linux's number; undefined if there is none. */
export function signalName(text: string): string | undefined {
  const number = /^\d{1,2}$/.test(text) ? Number(text) : undefined;
  const upper = text.toUpperCase();
  const name = upper.startsWith('SIG') ? upper : `SIG${upper}`;
  if (number === undefined) return Object.hasOwn(constants.signals, name) ? name : undefined;
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0];
}

/** Of those, one that a domain can be sent. Throws UserError. */
export function parseSignal(flag: string, text: string): PassedSignal {
  const name = signalName(text);
  const found = passedSignals.find((each) => each === name);
  if (found !== undefined) return found;
  const what = name === undefined ? `${JSON.stringify(text.slice(0, 40))} is no signal` : `${name} reaches no domain`;
  const takes = `a domain takes ${passedSignals.map((each) => each.slice(3)).join(', ')}`;
  const ends = name === 'SIGKILL' ? ['to end one without asking it: lwd down --now NAME'] : [];
  throw new UserError(`${flag}: ${what}`, { exit: 'usage', next: [...ends, takes] });
}

/**
 * Sends the signal of a number (passedSignals) to domains, and waits so many seconds for them to take it. Prints the numbers of
 * those that have not. Guarded, since a write would make the node anew if the domain were gone.
 */
const script = dom0Program(
  'signal',
  `
node=data/lwd/signals/$1
read -r now rest </proc/uptime
end=$((\${now%.*} + $2))
shift 2
for id; do
  xenstore-exists /local/domain/$id/data && xenstore-write /local/domain/$id/$node ''
done
left=$*
while :; do
  waiting=
  for id in $left; do
    ! xenstore-exists /local/domain/$id/$node || waiting="$waiting $id"
  done
  left=$waiting
  read -r now rest </proc/uptime
  [ -n "$left" ] && [ \${now%.*} -lt $end ] || break
  sleep 0.1
done
echo $left`,
);

/** Blocks until all have taken it, for `patience` milliseconds at the most; those that cannot are not waited for. */
export async function sendSignal(
  host: Host,
  domains: readonly DomainStatus[],
  signal: PassedSignal,
  patience: number,
  interruption?: AbortSignal,
): Promise<SentSignal[]> {
  const able = domains.filter((domain) => refusal(domain) === undefined);
  const untaken = new Set<number>();
  for (const [group, seconds] of [
    [able.filter(({ state }) => state !== 'paused'), Math.ceil(patience / 1000)],
    [able.filter(({ state }) => state === 'paused'), 0],
  ] as const) {
    if (group.length === 0) continue;
    const args = [passedSignals.indexOf(signal), seconds, ...group.map(({ id }) => id)].map(String);
    const aborted = interruption === undefined ? {} : { signal: interruption };
    const result = await host.script(script, args, { timeout: patience + 60_000, ...aborted });
    interruption?.throwIfAborted();
    const left = orThrow(result, `sending ${signal}`, host.name).stdout.split(/\s+/);
    for (const id of left) if (id !== '') untaken.add(Number(id));
  }
  const now = untaken.size === 0 ? [] : await listDomains(host);
  return domains.map((domain) => {
    const { name, id, uuid } = domain;
    const taken = able.includes(domain) && !untaken.has(id);
    const state = untaken.has(id) ? (now.find((each) => each.uuid === uuid)?.state ?? 'gone') : domain.state;
    const complaint = taken ? undefined : (refusal(domain) ?? explain(state));
    return { name, id, signal, taken, state, complaint };
  });
}

function refusal({ state, record }: DomainStatus): string | undefined {
  if (state === 'ended') return 'it has ended';
  return record?.foreign ? 'its kernel is not one of lwd’s, and only knows the wish to end: lwd stop' : undefined;
}

function explain(state: DomainState | 'gone'): string {
  if (state === 'ended' || state === 'gone') return 'it has ended';
  if (state === 'paused') return 'it is paused, and takes it when it goes on';
  return 'it asks its kernel for nothing; when it does, it takes it';
}
