/**
 * Host directories: pure. xl knows nothing of them: lwd's own server (dom0/volume-server/) makes the devices. A device's tag
 * tells the guest where the directory belongs: "/data", or "ro:/data" (kernel/posix/path/volume.h). Where its files lie in dom0
 * is for volume-transfer.ts.
 */
import { resolve } from 'node:path';
import type { VolumeSetting } from '../../config/model.js';
import { UserError } from '../../errors.js';

export interface VolumeDevice {
  target: string;
  readonly: boolean;
  /** Absolute, in dom0. */
  path: string;
}

const targetPattern = /^(\/(?!\.{1,2}(\/|$))[A-Za-z0-9._@+-]+)+$/;

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

/** The server's arguments behind the domain's number: a tag and a folder for each volume. */
export function serverArguments(volumes: readonly VolumeDevice[]): string[] {
  return volumes.flatMap(({ target, readonly, path }) => [readonly ? `ro:${target}` : target, path]);
}
