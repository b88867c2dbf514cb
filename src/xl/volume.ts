/**
 * Host directories as xl's `p9` devices: pure. The device's tag tells the guest where the directory belongs: "/data", or
 * "ro:/data" (kernel/posix/volume.h). Where its files lie in dom0 is for volume-transfer.ts.
 */
import { resolve } from 'node:path';
import type { VolumeSetting } from '../config/model.js';
import { UserError } from '../errors.js';

export interface VolumeDevice {
  target: string;
  readonly: boolean;
  /** Absolute, in dom0. */
  path: string;
}

/** More than a domain has descriptors: xen-9pfsd's own default is 5. */
const openFiles = 2048;

const targetPattern = /^(\/(?!\.{1,2}(\/|$))[A-Za-z0-9._@+-]+)+$/;
/** In a device's text a comma ends a field, and "script=" would be run: so only what means nothing to xl. */
const pathPattern = /^(\/(?!\.{1,2}(\/|$))[\p{L}\p{N} ._@+:~-]+)+$/u;

/** `--volume SOURCE:TARGET[:ro]`. Throws UserError. */
export function parseVolume(text: string): VolumeSetting {
  const match = /^(.+?):(\/[^:]*)(?::(ro|rw))?$/.exec(text);
  if (match === null) {
    throw new UserError(`--volume: "${text}" is not SOURCE:TARGET[:ro]`, {
      exit: 'usage',
      next: ['for example: --volume ./data:/data   or   --volume ./data:/data:ro'],
    });
  }
  return { source: resolve(match[1] ?? ''), target: match[2] ?? '', readonly: match[3] === 'ro' };
}

/** Throws UserError for targets that clash or that the guest could not be told. */
export function checkVolumes(volumes: readonly VolumeSetting[]): readonly VolumeSetting[] {
  for (const [index, { target }] of volumes.entries()) {
    if (!targetPattern.test(target) || target.length > 200) {
      throw new UserError(`volume: "${target}" cannot be a volume's place in the domain`, {
        exit: 'usage',
        next: ['use an absolute path of letters, digits and . _ @ + - , such as /data'],
      });
    }
    if (volumes.findIndex((other) => other.target === target) !== index) {
      throw new UserError(`volume: two volumes are to be at ${target}`, { exit: 'usage' });
    }
  }
  return volumes;
}

/** The device as an entry of xl.cfg's `p9` list. Throws UserError if the path cannot be written there. */
export function volumeDeviceText(volume: VolumeDevice): string {
  if (!pathPattern.test(volume.path)) {
    throw new UserError(`volume: the path "${volume.path}" cannot be given to xl`, {
      exit: 'cannotCreate',
      next: ['use a folder whose path has only letters, digits, blanks and . _ @ + : ~ - in it'],
    });
  }
  const tag = volume.readonly ? `ro:${volume.target}` : volume.target;
  return `tag=${tag},path=${volume.path},security_model=none,type=xen_9pfsd,max-open-files=${openFiles}`;
}
