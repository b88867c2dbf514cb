/** Where vCPUs may run: set by xl, and judged by what Xen then says, since xl's exit status is no witness. */
import { HostError, UserError } from '../errors.js';
import type { Host } from '../host/host.js';
import { agrees } from './placement.js';
import { checkCpus } from './spec.js';
import { type DomainStatus, type Placement, parsePlacements, xlFailed } from './status.js';

const pinScript = `
xl vcpu-pin "$1" "$2" "$3" "$4" || exit
echo '--- vcpus'
xl vcpu-list "$1"`;

export interface PinWish {
  /** As xl writes it. */
  cpus: string;
  /** undefined: all of them. */
  vcpu: number | undefined;
  /** Where they had best run, and not where alone they may. */
  soft: boolean;
}

/** Pins one vCPU, or all, and gives where they are now. Throws if Xen did not take it. */
export async function pin(host: Host, domain: DomainStatus, { cpus, vcpu, soft }: PinWish): Promise<Placement[]> {
  checkCpus(cpus);
  if (vcpu !== undefined && !domain.vcpus.some((place) => place.vcpu === vcpu)) {
    throw new UserError(`${domain.name} has no vCPU ${vcpu}`, {
      exit: 'usage',
      next: [`it has: ${domain.vcpus.map((place) => place.vcpu).join(', ') || 'none'}`],
    });
  }
  // "-" leaves what is there.
  const lists = soft ? ['-', cpus] : [cpus, '-'];
  const args = [String(domain.id), vcpu === undefined ? 'all' : String(vcpu), ...lists];
  const result = await host.script(pinScript, args, { timeout: 60_000 });
  const places = parsePlacements(result.stdout).get(domain.id) ?? [];
  if (result.exitCode !== 0) throw xlFailed(`${domain.name} could not be pinned to ${cpus}`, host, result);
  const concerned = places.filter((place) => vcpu === undefined || place.vcpu === vcpu);
  const where = (place: Placement) => (soft ? place.soft : place.hard);
  const wrong = concerned.find((place) => !agrees(cpus, where(place)));
  if (concerned.length === 0 || wrong !== undefined) {
    throw new HostError(
      `Xen did not pin ${domain.name} to ${cpus}${wrong === undefined ? '' : `: vCPU ${wrong.vcpu} has ${where(wrong)}`}`,
      { exit: 'cannotCreate', next: ['see which CPUs there are: xl info, xl vcpu-list'] },
    );
  }
  return places;
}
