/** What a command ends with that started several domains. Pure but for the environment, which says whether it is in a job. */
import { isForRequeue } from '../exit-status.js';
import type { MemberEnd } from '../report/group.js';

/**
 * The highest of all; what lwd itself ended, because another one failed, does not count. In a job a fault of the host's goes before
 * whatever the others came to, as some of them may have failed for want of that one: run again, they say the same, or not.
 * `interrupted`: the status of the signal that ended them, which nobody wants run again.
 */
export function statusOfGroup(ends: readonly MemberEnd[], interrupted: number | undefined): number {
  const statuses = ends.map((end) => {
    if (end.kind === 'ended') return end.stopped ? 0 : end.ended.status;
    return end.kind === 'failed' ? end.failure.exitCode : 0;
  });
  const faults = ends.map(faultOf).filter((status) => status !== undefined && isForRequeue(status));
  if (faults[0] !== undefined && interrupted === undefined) return faults[0];
  const cut = ends.some(({ kind }) => kind === 'skipped') ? (interrupted ?? 0) : 0;
  return Math.max(cut, ...statuses);
}

/** A program may end with that status too: it counts as any other then. */
function faultOf(end: MemberEnd): number | undefined {
  if (end.kind === 'failed') return end.failure.exitCode;
  return end.kind === 'ended' && end.ended.finished.cause === 'lease' ? end.ended.status : undefined;
}
