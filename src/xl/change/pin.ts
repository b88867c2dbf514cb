/** Where vCPUs may run: set by xl, and judged by what Xen then says, since xl's exit status is no witness. */
import { UserError } from '../../errors.js';
import { dom0Program } from '../../host/dom0-programs.js';
import type { Host } from '../../host/host.js';
import { type DomainStatus, type Placement, parsePlacements } from '../observed/status.js';
import { agrees, cpuCount } from '../place/placement.js';
import { checkCpus } from '../spec/spec.js';

/** Parameters: vCPU, hard and soft list, domains. */
const pinScript = dom0Program(
  'pin',
  `
vcpu=$1 hard=$2 soft=$3
shift 3
for id; do xl vcpu-pin $id "$vcpu" "$hard" "$soft" || echo "failed $id" >&2; done
echo '--- vcpus'
for id; do xl vcpu-list $id; done
exit 0`,
);

export interface PinWish {
  /** As xl writes it. */
  cpus: string;
  /** undefined: all of them. */
  vcpu: number | undefined;
  /** Where they had best run, and not where alone they may. */
  soft: boolean;
}

export interface PinnedDomain {
  name: string;
  id: number;
  /** Where its vCPUs are and may be now. */
  places: Placement[];
  /** It is not as was asked for: what Xen has instead, or what xl said. */
  complaint: string | undefined;
}

/**
 * Pins one vCPU of each domain, or all. The domains' places are known. Throws UserError, before anything is done, for a vCPU that
 * one of them has not.
 */
export async function pin(host: Host, domains: readonly DomainStatus[], wish: PinWish): Promise<PinnedDomain[]> {
  const { cpus, vcpu, soft } = wish;
  checkCpus(cpus);
  for (const { name, places } of domains) {
    if (vcpu === undefined || places.some((place) => place.vcpu === vcpu)) continue;
    throw new UserError(`${name} has no vCPU ${vcpu}`, {
      exit: 'usage',
      next: [`it has: ${places.map((place) => place.vcpu).join(', ') || 'none'}`],
    });
  }
  // "-" leaves what is there.
  const lists = soft ? ['-', cpus] : [cpus, '-'];
  const args = [vcpu === undefined ? 'all' : String(vcpu), ...lists, ...domains.map(({ id }) => String(id))];
  const { stdout, stderr } = await host.script(pinScript, args, { timeout: 60_000, shielded: true });
  const now = parsePlacements(stdout);
  const words = stderr.split('\n').filter((line) => line !== '' && !line.startsWith('failed '));
  const judged = (count?: number) =>
    domains.map(({ name, id }) => {
      const places = now.get(id) ?? [];
      const failed = stderr.includes(`failed ${id}\n`);
      const refusal = failed ? words.slice(-3).join('; ') || 'xl refused it' : undefined;
      return { name, id, places, complaint: judge(places, wish, refusal, count) };
    });
  const pinned = judged();
  return pinned.every(({ complaint }) => complaint === undefined) ? pinned : judged(await cpuCount(host));
}

function judge(
  places: readonly Placement[],
  { cpus, vcpu, soft }: PinWish,
  refusal: string | undefined,
  count: number | undefined,
): string | undefined {
  const has = count === undefined ? '' : `; the host has CPUs 0-${count - 1}`;
  if (refusal !== undefined) return `${refusal}${has}`;
  const concerned = places.filter((place) => vcpu === undefined || place.vcpu === vcpu);
  const where = (place: Placement) => (soft ? place.soft : place.hard);
  const wrong = concerned.find((place) => !agrees(cpus, where(place), count));
  if (concerned.length === 0) return 'it has ended';
  return wrong === undefined ? undefined : `Xen has vCPU ${wrong.vcpu} on ${where(wrong)}${has}`;
}
