/**
 * KVM or TCG for the embedded host: decided by what works. The node /dev/kvm may exist and be of no use, and KVM without
 * nested virtualisation runs Xen's PV guests but no PVH ones; so does TCG run both, only slower.
 */
import { UserError } from '../../errors.js';
import { canReadAndWrite, readText } from '../../sys/fs.js';
import type { Accelerator } from './recipe.js';

/**
 * `LWD_HOST_ACCELERATOR` if that is set (then it is forced: no other is tried); else KVM where the processor offers
 * virtualisation and the node can be opened.
 */
export async function chooseAccelerator(): Promise<{ accelerator: Accelerator; forced: boolean }> {
  const wanted = process.env.LWD_HOST_ACCELERATOR;
  if (wanted === 'tcg' || wanted === 'kvm') return { accelerator: wanted, forced: true };
  if (wanted) throw new UserError(`LWD_HOST_ACCELERATOR=${wanted}: allowed are kvm and tcg`);
  const processor = (await readText('/proc/cpuinfo')) ?? '';
  const likely = offersVirtualisation(processor) && (await canReadAndWrite('/dev/kvm'));
  return { accelerator: likely ? 'kvm' : 'tcg', forced: false };
}

/** Whether /proc/cpuinfo's text has the flag of AMD's or Intel's extension. */
export function offersVirtualisation(cpuinfo: string): boolean {
  return /^flags\s*:.*\b(svm|vmx)\b/m.test(cpuinfo);
}
