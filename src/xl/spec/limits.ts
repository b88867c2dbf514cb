/**
 * How much of what Xen keeps for a domain it may have it keep: event channels, grants, other domains' grants that it maps. What
 * lwd's own kernel and its devices can use is known; Xen's defaults are for any kernel, and let a domain take megabytes of the
 * hypervisor's memory that nobody has counted. Pure.
 */
import type { DomainSettings } from '../../config/model.js';

/** undefined: Xen's default. */
export interface ResourceLimits {
  eventChannels: number | undefined;
  /** Frames of 512 grants each. */
  grantFrames: number | undefined;
  /** Frames of 256 foreign grants each that are mapped. */
  maptrackFrames: number | undefined;
}

/** What takes them. */
export interface LimitedDomain {
  vcpus: number;
  disks: readonly unknown[];
  network: readonly unknown[];
  volumes: readonly unknown[];
}

/** Bytes of a domain's console that dom0 keeps, if nobody said how many (dom0/process-channel/log.h). */
export const defaultLogLimit = 64 * 2 ** 20;

/** The kernel asks for no more (kernel/xen/gnttab.c). */
const mostGrantFrames = 64;

/**
 * What lwd.yaml says, else what the kernel and its devices can use: an event channel or two for each, of which there is to spare;
 * a frame for the process channel and what else is granted once, one for each volume's rings, four for a card's (its rings are
 * 256 frames each, and a packet is many), 16 for a disk: so 32 MiB of the program's memory can be on their way to it at once.
 * lwd's kernel maps nothing of other domains'.
 */
export function resourceLimits(
  { vcpus, disks, network, volumes }: LimitedDomain,
  foreign: boolean,
  asked: Partial<DomainSettings> = {},
): ResourceLimits {
  const devices = disks.length + network.length + volumes.length;
  const frames = Math.min(mostGrantFrames, 2 + volumes.length + 4 * network.length + 16 * disks.length);
  const own = foreign ? undefined : { eventChannels: 32 + 4 * vcpus + 4 * devices, grantFrames: frames };
  return {
    eventChannels: asked.max_event_channels ?? own?.eventChannels,
    grantFrames: asked.max_grant_frames ?? own?.grantFrames,
    maptrackFrames: asked.max_maptrack_frames ?? (foreign ? undefined : 1),
  };
}
