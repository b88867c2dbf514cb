/**
 * What happens to lwd's domains: xenstore says that something has, and a look says what. Nothing is lost between two
 * looks but what came and went in between.
 */
import { bounded } from '../../host/bounded.js';
import { dom0Program } from '../../host/dom0-programs.js';
import type { Host } from '../../host/host.js';
import { sleep } from '../../sys/clock.js';
import { orThrow } from '../../sys/exec.js';
import { type DomainStatus, listDomains } from './status.js';

export interface DomainEvent {
  kind: 'created' | 'paused' | 'unpaused' | 'ended' | 'gone';
  domain: DomainStatus;
}

/** Seconds. */
const pauseLooks = 2;

/** Milliseconds. Of a domain that is made nothing tells when it is whole. */
const makingLook = 300;

/** It has no name yet perhaps, and is paused without anybody having paused it. */
export function isBeingMade({ state, record }: Pick<DomainStatus, 'state' | 'record'>): boolean {
  return record === undefined && (state === 'paused' || state === 'running');
}

/**
 * A line for each time that a domain has begun or ended, of which xenstore tells; and that one was paused or let run, which
 * nothing in dom0 tells of, whoever did it: for that `xl list` is looked at every two seconds. The script ends when its stdin
 * does, that is with this process; or, which is a failure, when xenstore tells no more. A sleep that outlives it holds nothing
 * open.
 */
const script = dom0Program(
  'events',
  `
exec 3<&0 </dev/null
sh -c 'echo $$; exec xenstore-watch @introduceDomain @releaseDomain' 3<&- | {
  read -r watch
  { read -r end <&3; kill $watch; } >/dev/null 2>&1 &
  {
    before=
    while sleep ${pauseLooks} >/dev/null 2>&1; do
      paused=
      list=$(xl list) || continue
      while read -r line; do
        case $line in *" "??p???" "*) paused="$paused$line " ;; esac
      done <<END
$list
END
      [ "$paused" = "$before" ] || echo changed
      before=$paused
    done
  } </dev/null 3<&- &
  poll=$!
  while read -r event; do echo changed; done
  kill $poll
  exit 1
}`,
);

/**
 * Calls `seen` for each event until `signal` is aborted; first for the domains that are there. Resolves with whether the host has
 * answered until then.
 */
export async function watchEvents(
  host: Host,
  signal: AbortSignal,
  seen: (event: DomainEvent) => void,
): Promise<boolean> {
  let known: DomainStatus[] = [];
  let touched = true;
  let looking: Promise<void> | undefined;
  let failure: { error: unknown } | undefined;
  let answered = false;
  const stop = new AbortController();
  const over = AbortSignal.any([signal, stop.signal]);
  const asked = bounded(host, signal);
  const look = async () => {
    while (touched && !signal.aborted) {
      touched = false;
      const there = await listDomains(asked, { places: true });
      // A shell is nobody's domain until it is claimed, and is then told of as one that was created.
      const now = there.filter((domain) => domain.state !== 'shell' && !isBeingMade(domain));
      answered = true;
      for (const event of changes(known, now)) seen(event);
      known = now;
      if (!there.some(isBeingMade)) continue;
      await sleep(makingLook, signal).catch(() => {});
      touched = true;
    }
  };
  const onStdout = () => {
    touched = true;
    looking ??= look()
      .catch((error: unknown) => {
        failure = { error };
        stop.abort();
      })
      .finally(() => {
        looking = undefined;
        if (touched && failure === undefined) onStdout();
      });
  };
  const watched = await host.script(script, [], { timeout: 0, onStdin: () => {}, onStdout, signal: over });
  await looking;
  if (failure !== undefined && !signal.aborted) throw failure.error;
  if (!over.aborted) orThrow(watched, 'watching domains', host.name);
  return answered;
}

/** From one look to the next. Pure. */
export function changes(before: readonly DomainStatus[], now: readonly DomainStatus[]): DomainEvent[] {
  const earlier = new Map(before.map((domain) => [domain.uuid, domain]));
  const there = new Set(now.map(({ uuid }) => uuid));
  const events = now.flatMap((domain): DomainEvent[] => {
    const old = earlier.get(domain.uuid);
    const created: DomainEvent[] = old === undefined ? [{ kind: 'created', domain }] : [];
    if (old?.state === domain.state) return created;
    if (domain.state === 'ended') return [...created, { kind: 'ended', domain }];
    if (domain.state === 'paused') return [...created, { kind: 'paused', domain }];
    return old?.state === 'paused' && domain.state === 'running' ? [{ kind: 'unpaused', domain }] : created;
  });
  const gone = before.filter(({ uuid }) => !there.has(uuid)).map((domain): DomainEvent => ({ kind: 'gone', domain }));
  return [...events, ...gone];
}
