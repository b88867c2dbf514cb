/**
 * Shells: domains that are there before anybody asks for them. One is made of an image and everything that cannot be changed
 * afterwards, boots, and waits for a node of xenstore to tell it what to run (kernel/posix/process/process.c); who claims it
 * writes that node (dom0/process-channel/shell.c). Until then it has no record, only its keeper in dom0 (shell-script.ts),
 * which counts as at work on it: a shell without a living keeper is half-made, and goes as any half-made domain does. Pure.
 *
 *   lwd-shell-PPPPPPPPKKKKKKKKKKKK-UUUUUUUU     pool (whose, and for which project) · what it is made of · end of its UUID
 */
import type { BatchRecord } from '../../batch/job-name.js';
import { sha256 } from '../../sys/digest.js';
import { printableLine } from '../../sys/printable.js';
import { shellNames } from '../facts/domain-record.js';
import { renderConfig } from '../spec/cfg.js';
import type { Image } from '../spec/image.js';
import type { DomainSpec, DomainWish } from '../spec/spec.js';

/** What a shell's kernel is given instead of a command line: the node to wait for. */
const lineReference = '@lwd/run';

/** Most that are kept ready by one command. */
export const mostShells = 64;

/** Whose shells they are: of a project, or of an image file, on one machine, and in one run of a job. They are nobody else's. */
export interface ShellPool {
  /** Eight digits. */
  id: string;
  /** How many are to be ready. */
  size: number;
}

export interface ShellPlan {
  /** How the names of all shells begin that can stand in for the domain. */
  prefix: string;
  /** xl.cfg text but for name and UUID. */
  config: string;
}

/** What shells mean for one domain: which can stand in for it, or why none can. */
export type ShellOrder = { plan: ShellPlan; line: string } | { why: string };

/** What became of that. */
export interface ShellUse {
  claimed: boolean;
  /** Why the domain was made anew instead. */
  why?: string;
}

/** `place`: of the project, or of the image file. Steps of a job use each other's. */
export function shellPool(user: string, machine: string, place: string, size: number, batch?: BatchRecord): ShellPool {
  const { system, job, restart } = batch ?? {};
  const owner = batch === undefined ? user : `${user} ${system} ${job} ${restart}`;
  return { id: sha256(`${owner}\n${machine}\n${place}`).slice(0, 8), size };
}

/** What has to be the same for a shell to stand in for this domain: all but name, arguments, environment and streams. */
export function planShell(pool: ShellPool, spec: DomainSpec, image: Image): ShellPlan {
  const config = renderConfig({ ...spec, name: shellNames, uuid: undefined, commandLine: lineReference }, 'lwd');
  const key = sha256([config, image.kernel.sha256, image.ramdisk?.sha256 ?? ''].join('\n')).slice(0, 12);
  return { prefix: `${shellNames}${pool.id}${key}-`, config };
}

/** Why no shell can stand in for it, in words that follow "made anew: "; undefined if one can. */
export function whyNoShell(wish: DomainWish, spec: Pick<DomainSpec, 'commandLine'>): string | undefined {
  if (wish.commandLine !== undefined) return "its kernel is not lwd's";
  if (wish.kernel.canWait !== true) return 'its image is of an lwd that knew no shells: build it again';
  if (wish.volumes.length > 0) return 'it has volumes, which a domain gets while it is made';
  if (wish.disks.length > 0) return 'it has disks, which a domain gets while it is made';
  if (wish.network.some(({ mac }) => mac !== undefined)) return 'its network card has an address of its own';
  if (wish.chosen === true) return 'its CPUs were chosen for it alone';
  if (wish.secret !== undefined) return 'others in dom0 could read what a shell is told';
  if (spec.commandLine.startsWith('@')) return 'its arguments and environment are too long for a shell';
  return undefined;
}

/** A shell's name. It tells whether a domain is a shell, since who claims one renames it in the same moment. */
export function shellName(prefix: string, uuid: string): string {
  return prefix + uuid.slice(-8);
}

/** Where xenconsoled writes what a domain says that is, or was, a shell: it never learns of the new name. */
export function shellLog(log: string, prefix: string, uuid: string): string {
  return `${log.slice(0, log.lastIndexOf('/') + 1)}guest-${shellName(prefix, uuid)}.log`;
}

/** `uuid`: of the shell that was claimed, if one was; `anew`: why there was none, if that is known. */
export function shellUse(order: ShellOrder | undefined, uuid: string | undefined, anew: string): { shell?: ShellUse } {
  if (order === undefined) return {};
  if ('why' in order) return { shell: { claimed: false, why: order.why } };
  if (uuid !== undefined) return { shell: { claimed: true } };
  return { shell: { claimed: false, why: `no shell was ready${anew === '' ? '' : ` (${printableLine(anew)})`}` } };
}
