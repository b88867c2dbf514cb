/**
 * From what is wanted (project, image, flags) to the exact domain: every value resolved and checked, nothing left to
 * xl's own defaults where it matters. Pure. cfg.ts writes it down for xl.
 */
import type { BatchRecord } from '../../batch/job-name.js';
import type { DiskSetting, DomainSettings, NetworkSetting, VolumeSetting } from '../../config/model.js';
import { UserError } from '../../errors.js';
import type { HostCapabilities } from '../../host/host.js';
import { isShellName } from '../facts/domain-record.js';
import {
  archiveReference,
  channelWords,
  commandLineArchive,
  encodeCommandLine,
  fitsCommandLine,
  foreignCommandLine,
} from './cmdline.js';
import { checkDisks, type DiskDevice } from './disk.js';
import type { KernelFacts } from './elf.js';
import { type ResourceLimits, resourceLimits } from './limits.js';
import { checkNetwork, networkEnvironment } from './network.js';
import { checkVolumes, type VolumeDevice } from './volume.js';

export type GuestType = 'pv' | 'pvh';

/** A domain as it is to be. Paths are dom0's. */
export interface DomainSpec {
  name: string;
  /** undefined: xl makes one up (the file beside an image, which may be used many times). */
  uuid: string | undefined;
  type: GuestType;
  kernel: string;
  ramdisk: string | undefined;
  commandLine: string;
  /** Whether its process has a channel to lwd, for standard streams and signals. */
  channel: boolean;
  /** MiB, as xl counts. */
  memory: number;
  maxmem: number;
  vcpus: number;
  cpus: string | undefined;
  /** The pool of CPUs that it is made in; undefined: the common one. */
  pool: string | undefined;
  /** Why lwd chose these CPUs, if it did; for its record. */
  placement: string | undefined;
  /** The common name of domains that were started as one; for its record. */
  group: string | undefined;
  /** The job that it is a task of, for its record. */
  batch?: BatchRecord | undefined;
  onCrash: 'destroy' | 'preserve';
  /** Whether the guest reads the processor's time stamp counter itself; see nativeTsc. */
  nativeTsc: boolean;
  /** Xen's defaults, if not given. */
  limits?: ResourceLimits;
  /** Bytes of its console that dom0 keeps; undefined: `defaultLogLimit`. */
  logLimit?: number | undefined;
  volumes: readonly VolumeDevice[];
  network: readonly NetworkSetting[];
  disks: readonly DiskDevice[];
}

export interface DomainWish {
  name: string;
  settings: DomainSettings;
  env: Readonly<Record<string, string>>;
  /** argv[0] first. */
  args: readonly string[];
  /**
   * Nobody but the domain and root of its dom0 is to read its environment. A number of 32 bits that makes its ramdisk another one
   * than that of a domain that is told the same.
   */
  secret?: number;
  kernel: KernelFacts;
  volumes: readonly VolumeSetting[];
  network: readonly NetworkSetting[];
  disks: readonly DiskSetting[];
  pool?: string;
  placement?: string;
  /** lwd has chosen its CPUs by what was free. */
  chosen?: true;
  /** lwd stays with the domain. */
  attended?: boolean;
  /** The number of the descriptor that lwd hands through to it then. */
  stream?: number;
  group?: string;
  /** Of a kernel that is not lwd's: its own command line, instead of `args`. */
  commandLine?: string;
  batch?: BatchRecord;
}

/** The spec but for what only the host can say: where the files lie there. */
export type DomainPlan = Omit<DomainSpec, 'uuid' | 'kernel' | 'ramdisk' | 'volumes' | 'disks'> & {
  /** To be appended to the ramdisk (or to be the ramdisk if there is none): the command line that did not fit. */
  ramdiskTail: Uint8Array | undefined;
  volumes: readonly VolumeSetting[];
  disks: readonly DiskSetting[];
};

/** For `cpus`: lwd chooses whole free cores. */
export const autoCpus = 'auto';

const MiB = 1024 * 1024;
/** MiB: the domain builder maps as much before a guest has run an instruction. */
export const leastMemory = 4;
const mostMemory = 16 * 1024 * 1024;
const mostVcpus = 128;

/** `capabilities` is undefined where no host was asked (a dry run): `auto` is then the type that runs anywhere. */
export function planDomain(wish: DomainWish, capabilities: HostCapabilities | undefined): DomainPlan {
  checkName(wish.name);
  const { settings } = wish;
  if (!Number.isInteger(settings.vcpus) || settings.vcpus < 1 || settings.vcpus > mostVcpus) {
    throw new UserError(`vcpus: ${settings.vcpus} is not allowed`, { next: [`use 1 to ${mostVcpus}`] });
  }
  const memory = mebibytes('memory', settings.memory);
  const maxmem = mebibytes('maxmem', settings.maxmem);
  if (maxmem < memory) {
    throw new UserError(`maxmem: ${maxmem} MiB is less than memory (${memory} MiB)`, {
      next: ['raise maxmem or leave it out'],
    });
  }
  // What "auto" comes to is known when a host has been looked at (place.ts).
  const cpus = settings.cpus === autoCpus ? undefined : settings.cpus;
  if (cpus !== undefined) checkCpus(cpus);
  const isForeign = wish.commandLine !== undefined;
  const channel = wish.attended === true && wish.kernel.hasChannel === true && !isForeign;
  const words = isForeign ? foreignLine(wish) : ownLine(wish);
  const line = channel ? `${channelWords(wish.stream)} ${words}` : words;
  const fits = isForeign || (wish.secret === undefined && fitsCommandLine(line));
  return {
    name: wish.name,
    type: resolveType(settings.type, wish.kernel, capabilities),
    commandLine: fits ? line : archiveReference,
    ramdiskTail: fits ? undefined : commandLineArchive(line, wish.secret),
    channel,
    memory,
    maxmem,
    vcpus: settings.vcpus,
    cpus,
    pool: wish.pool,
    placement: wish.placement,
    group: wish.group,
    batch: wish.batch,
    onCrash: settings.on_crash,
    nativeTsc: nativeTsc(wish.kernel),
    limits: resourceLimits({ ...wish, vcpus: settings.vcpus }, wish.kernel.guestOs !== 'lwd', settings),
    logLimit: settings.max_console_log,
    volumes: checkVolumes(wish.volumes),
    network: checkNetwork(wish.network),
    disks: checkDisks(wish.disks),
  };
}

function ownLine({ network, env, args }: DomainWish): string {
  return encodeCommandLine({ ...networkEnvironment(network), ...env }, args);
}

function foreignLine({ commandLine = '', network, env }: DomainWish): string {
  const fixed = network.find(({ ip }) => ip !== 'dhcp');
  if (fixed === undefined) return foreignCommandLine(commandLine, env);
  throw new UserError(`network: ip ${fixed.ip} is told to lwd's own kernel alone`, {
    next: ['leave ip out of lwd.yaml, and tell this kernel its own way, as with --cmdline "ip=…"'],
  });
}

/**
 * Reading the counter itself (0.1 µs) instead of trapping into Xen (2.6 µs where the counter is not invariant) is safe
 * for a guest that takes its time from the factors that Xen gives for each vCPU, and that is never moved to a machine
 * whose counter runs at another speed. Both hold for lwd's kernel; of another guest we do not know.
 */
export function nativeTsc(kernel: KernelFacts): boolean {
  return kernel.guestOs === 'lwd';
}

function resolveType(
  wanted: DomainSettings['type'],
  kernel: KernelFacts,
  capabilities: HostCapabilities | undefined,
): GuestType {
  const possible = kernel.types.filter((type) => capabilities === undefined || capabilities.types.includes(type));
  if (wanted !== 'auto') {
    if (!kernel.types.includes(wanted)) {
      throw new UserError(`type: the image is no ${wanted} guest`, { next: [`use type ${kernel.types.join(' or ')}`] });
    }
    if (!possible.includes(wanted)) {
      throw new UserError(`type: this host cannot run ${wanted} guests`, {
        exit: 'cannotCreate',
        next: [`it can run: ${capabilities?.types.join(', ')}`],
      });
    }
    return wanted;
  }
  if (possible.includes('pvh') && (capabilities?.fastPvh || !possible.includes('pv'))) return 'pvh';
  if (possible.includes('pv')) return 'pv';
  throw new UserError(
    `type: the image can be ${kernel.types.join(', ')}, the host runs ${capabilities?.types.join(', ')}`,
    {
      exit: 'cannotCreate',
    },
  );
}

/** Throws UserError. xl takes a name of digits alone for a domain's number; the name is part of a file name in dom0. */
export function checkName(name: string): void {
  if (isShellName(name)) {
    throw new UserError(`"${name}": names that begin so are those of shells (lwd up --pool-size)`, {
      exit: 'usage',
      next: ['take another name'],
    });
  }
  if (name.length <= 63 && /^[A-Za-z][A-Za-z0-9._-]*$/.test(name) && name !== 'Domain-0') return;
  throw new UserError(`"${name}" cannot be a domain's name`, {
    exit: 'usage',
    next: ['use letters, digits, . _ - (a letter first, at most 63)'],
  });
}

function mebibytes(key: string, bytes: number): number {
  const value = bytes / MiB;
  if (!Number.isInteger(value)) {
    throw new UserError(`${key}: ${bytes} bytes is not a whole number of MiB`, { next: [`use ${Math.ceil(value)}M`] });
  }
  if (value < leastMemory || value > mostMemory) {
    throw new UserError(`${key}: ${value} MiB is not allowed`, {
      next: [`use ${leastMemory}M (Xen's own start needs as much) up to ${mostMemory / MiB}T`],
    });
  }
  return value;
}

/** xl's syntax for `cpus`: "2", "0-3,^1", "node:1", "nodes:0-1,^node:0", "all". Throws UserError. */
export function checkCpus(cpus: string): void {
  const item = /^(?:all|\^?(?:nodes?:)?(?:all|(0|[1-9][0-9]{0,3})(?:-(0|[1-9][0-9]{0,3}))?))$/;
  for (const part of cpus.split(',')) {
    const match = item.exec(part);
    const isRange = match?.[2] !== undefined;
    if (match !== null && (!isRange || Number(match[1]) <= Number(match[2]))) continue;
    throw new UserError(`cpus: "${part}" is no list of CPUs`, {
      exit: 'usage',
      next: ['write as xl does: "2", "0-3", "0-3,^1", "node:1", "all"'],
    });
  }
}
