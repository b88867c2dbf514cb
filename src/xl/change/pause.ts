/** Pausing domains and letting them go on; judged by the state that Xen shows afterwards, not by xl's exit status. */
import { dom0Program } from '../../host/dom0-programs.js';
import type { Host } from '../../host/host.js';
import { type DomainState, type DomainStatus, listDomains } from '../observed/status.js';

export interface ChangedState {
  name: string;
  id: number;
  /** What Xen says now; "gone": the domain does not exist any more. */
  state: DomainState | 'gone';
  /** It is not as was asked for: what xl said. */
  complaint: string | undefined;
}

/** Only those that are not so already: Xen counts pauses, and each would need an unpause of its own. */
const script = dom0Program(
  'pause',
  `
verb=$1
shift
for id; do xl $verb $id; done`,
);

export async function changeState(
  host: Host,
  domains: readonly DomainStatus[],
  verb: 'pause' | 'unpause',
): Promise<ChangedState[]> {
  const wanted: DomainState = verb === 'pause' ? 'paused' : 'running';
  const others = domains.filter(({ state }) => state !== wanted && state !== 'ended').map(({ id }) => String(id));
  const said = others.length === 0 ? '' : (await host.script(script, [verb, ...others], { timeout: 60_000 })).stderr;
  const now = new Map((await listDomains(host)).map((domain) => [domain.uuid, domain.state]));
  return domains.map(({ name, id, uuid }) => {
    const state = now.get(uuid) ?? 'gone';
    const words = said.trimEnd().split('\n').slice(-3).join('; ') || `xl ${verb} did not do it`;
    return { name, id, state, complaint: state === wanted ? undefined : explain(state, words) };
  });
}

function explain(state: DomainState | 'gone', words: string): string {
  return state === 'ended' || state === 'gone' ? 'it has ended' : words;
}
