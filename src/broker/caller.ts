/** Who asks: what the front (dom0/broker-front) says of a connection, and the job that the process is of. */
import { readText } from '../sys/fs.js';

export interface Caller {
  pid: number;
  uid: number;
  gid: number;
  groups: number[];
  /** Of the batch system, by the control group that it put the process into; undefined if it is in none. */
  job: string | undefined;
}

/** The longest line that the front writes, and more. */
export const longestIntroduction = 4096;

const most = 0xffff_fffe;

/** The front's line, without its end; undefined if it is none. */
export function parseIntroduction(line: string): Omit<Caller, 'job'> | undefined {
  const match = /^lwd1 (\d{1,10}) (\d{1,10}) (\d{1,10}) ((?:\d{1,10}(?:,\d{1,10})*)?)$/.exec(line);
  if (match === null) return undefined;
  const [pid = 0, uid = 0, gid = 0] = match.slice(1, 4).map(Number);
  const groups = (match[4] ?? '').split(',').filter(Boolean).map(Number);
  return [uid, gid, ...groups].every((number) => number <= most) ? { pid, uid, gid, groups } : undefined;
}

/** From /proc/PID/cgroup: what Slurm calls its groups (…/uid_1000/job_42/step_0/…, or …/job_42/…). A user cannot write there. */
export function jobOf(cgroups: string): string | undefined {
  for (const line of cgroups.split('\n')) {
    const match =
      /^\d+:[^:]*:\/(?:.*\/)?(?:slurm|[^/]*slurmstepd\.scope)(?:_[^/]*)?\/(?:uid_\d+\/)?job_(\d{1,10})(?:\/|$)/.exec(
        line,
      );
    if (match?.[1] !== undefined) return match[1];
  }
  return undefined;
}

export async function readJob(pid: number): Promise<string | undefined> {
  return jobOf((await readText(`/proc/${pid}/cgroup`).catch(() => undefined)) ?? '');
}
