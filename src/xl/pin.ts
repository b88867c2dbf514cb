/** Where vCPUs may run: set by xl, and judged by what Xen then says, since xl's exit status is no witness. */
import { HostError, UserError } from '../errors.js';
import type { Host } from '../host/host.js';
import { agrees } from './placement.js';
import { checkCpus } from './spec.js';
import { type DomainStatus, type Placement, parsePlacements, xlFailed } from './status.js';

const pinScript = `
xl vcpu-pin "$1" "$2" "$3" || exit
echo '--- vcpus'
xl vcpu-list "$1"`;

/** Pins one vCPU, or all, and gives where they are now. Throws if Xen did not take it. */
export async function pin(
  host: Host,
  domain: DomainStatus,
  cpus: string,
  vcpu: number | undefined,
): Promise<Placement[]> {
  checkCpus(cpus);
  if (vcpu !== undefined && !domain.vcpus.some((place) => place.vcpu === vcpu)) {
    throw new UserError(`${domain.name} has no vCPU ${vcpu}`, {
      exit: 'usage',
      next: [`it has: ${domain.vcpus.map((place) => place.vcpu).join(', ') || 'none'}`],
    });
  }
  const args = [String(domain.id), vcpu === undefined ? 'all' : String(vcpu), cpus];
  const result = await host.script(pinScript, args, { timeout: 60_000 });
  const places = parsePlacements(result.stdout).get(domain.id) ?? [];
  if (result.exitCode !== 0) throw xlFailed(`${domain.name} could not be pinned to ${cpus}`, host, result);
  const concerned = places.filter((place) => vcpu === undefined || place.vcpu === vcpu);
  const wrong = concerned.find((place) => !agrees(cpus, place.hard));
  if (concerned.length === 0 || wrong !== undefined) {
    throw new HostError(
      `Xen did not pin ${domain.name} to ${cpus}${wrong === undefined ? '' : `: vCPU ${wrong.vcpu} may run on ${wrong.hard}`}`,
      { exit: 'cannotCreate', next: ['see which CPUs there are: xl info, xl vcpu-list'] },
    );
  }
  return places;
}
