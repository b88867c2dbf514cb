/** What a caller may have made: the rule, what he has already, and what he asks for. Pure. */
import { isAbsolute, relative } from 'node:path';
import type { BatchRecord } from '../batch/job-name.js';
import type { NetworkSetting } from '../config/model.js';
import { LwdError } from '../errors.js';
import { ownerOf } from '../xl/facts/domain-record.js';
import { checkDisks, diskDeviceText } from '../xl/spec/disk.js';
import { resourceLimits } from '../xl/spec/limits.js';
import { checkCpus, type DomainSpec } from '../xl/spec/spec.js';
import { checkVolumes } from '../xl/spec/volume.js';
import type { Caller } from './caller.js';
import { type AllowedPath, allowsCpus, type Rule } from './policy.js';
import type { OrderedSpec } from './requests.js';

/** What a caller has: of a domain that is being made it counts, too. */
export interface Share {
  domains: number;
  /** MiB that they may grow to. */
  memory: number;
  vcpus: number;
}

/** A volume as its server takes it: a folder within `root`. */
export interface AllowedVolume {
  target: string;
  readonly: boolean;
  root: string;
  /** Relative to it. */
  folder: string;
}

/** A file within `root` that is to be a disk: opened with the caller's rights (file-disks.ts), it becomes a device. */
export interface AllowedFile {
  target: string;
  readonly: boolean;
  root: string;
  /** Relative to it. */
  file: string;
}

/** All but where the image's files lie. `spec.disks` are devices alone. */
export interface AllowedDomain {
  spec: Omit<DomainSpec, 'kernel' | 'ramdisk'>;
  volumes: AllowedVolume[];
  files: AllowedFile[];
}

/** Gives the domain, or in words why there is to be none. */
export function judgeDomain(
  rule: Rule,
  caller: Caller,
  order: OrderedSpec,
  has: Share,
): AllowedDomain | { refused: string } {
  const refuse = (refused: string) => ({ refused });
  const { uuid, memory, maxmem, vcpus, pool, group, batch } = order;
  if (ownerOf(uuid) !== caller.uid) return refuse("the domain's UUID does not say whose it is");
  if (caller.job !== undefined && batch !== undefined && ![batch.job, batch.component].includes(caller.job)) {
    return refuse(`you are in job ${caller.job}, and not in ${batch.job}`);
  }
  if (maxmem < memory) return refuse('maxmem is less than memory');
  if (has.domains + 1 > rule.domains)
    return refuse(`${rule.domains} domains are allowed, and ${has.domains} are there`);
  if (has.memory + maxmem > rule.memory) {
    return refuse(`${rule.memory} MiB of memory are allowed, ${has.memory} are in use, and ${maxmem} are asked for`);
  }
  if (has.vcpus + vcpus > rule.vcpus) {
    return refuse(`${rule.vcpus} vCPUs are allowed, ${has.vcpus} are there, and ${vcpus} are asked for`);
  }
  const cpus = order.cpus ?? rule.cpus;
  const placed = placing(rule, cpus, pool);
  if (placed !== undefined) return refuse(placed);
  for (const { bridge } of order.network) {
    if (!rule.bridges.includes(bridge)) return refuse(`bridge ${bridge} is not allowed`);
  }
  const devices: OrderedSpec['disks'] = [];
  const files: AllowedFile[] = [];
  for (const { path, ...disk } of order.disks) {
    const root = findRoot(rule.disks, { ...disk, path });
    if (findDevice(rule.devices, { ...disk, path }) !== undefined) devices.push({ ...disk, path });
    else if (root !== undefined && path !== root) files.push({ ...disk, root, file: relative(root, path) });
    else return refuse(`disk ${path} is not allowed`);
  }
  const volumes: AllowedVolume[] = [];
  for (const volume of order.volumes) {
    const root = findRoot(rule.volumes, volume);
    if (root === undefined) return refuse(`folder ${volume.path} is not allowed`);
    volumes.push({ ...volume, root, folder: relative(root, volume.path) || '.' });
  }
  try {
    if (cpus !== undefined) checkCpus(cpus);
    checkDisks(order.disks.map((disk) => ({ ...disk, source: disk.path })));
    devices.map(diskDeviceText);
    checkVolumes(order.volumes.map((volume) => ({ ...volume, source: volume.path })));
  } catch (error) {
    if (error instanceof LwdError) return refuse(error.message);
    throw error;
  }
  const spec = {
    ...{ ...order, cpus, pool, group, placement: undefined, channel: false, batch: batch ?? jobOfCaller(caller) },
    limits: resourceLimits(order, order.foreign === true),
    network: order.network.map(({ bridge }) => card(bridge)),
    disks: devices,
  };
  return { spec, volumes, files };
}

/**
 * For the job's epilog. Who says nothing of his job is in the one whose control group he is in; who is in none is believed, since
 * a domain that counts as another job's ends with that one.
 */
function jobOfCaller({ job }: Caller): BatchRecord | undefined {
  return job === undefined ? undefined : { system: 'slurm', job, step: 'batch', rank: 0, restart: 0 };
}

/** Only the bridge is xl's business; addresses are in the command line already. */
function card(bridge: string): NetworkSetting {
  return { bridge, ip: 'dhcp', gateway: undefined, dns: [], mac: undefined };
}

/** Why a domain may not run there; undefined if it may. */
function placing(rule: Rule, cpus: string | undefined, pool: string | undefined): string | undefined {
  if (cpus !== undefined && !allowsCpus(rule, cpus)) return `CPUs ${cpus} are not allowed, only ${rule.cpus}`;
  if (rule.pools === undefined || rule.pools.includes(pool ?? 'Pool-0')) return undefined;
  return `pool ${pool ?? 'Pool-0'} is not allowed, only ${rule.pools.join(', ') || 'none'}`;
}

function findDevice(
  allowed: readonly AllowedPath[],
  disk: { path: string; readonly: boolean },
): AllowedPath | undefined {
  return allowed.find(({ path, readonly }) => path === disk.path && (disk.readonly || !readonly));
}

/** The folder of the policy's that the wanted one is in by its name; that no link leads out of it is the server's to see to. */
function findRoot(allowed: readonly AllowedPath[], wanted: { path: string; readonly: boolean }): string | undefined {
  return allowed.find(({ path, readonly }) => {
    const from = relative(path, wanted.path);
    const isWithin = !isAbsolute(from) && from !== '..' && !from.startsWith('../');
    return isWithin && (wanted.readonly || !readonly);
  })?.path;
}
