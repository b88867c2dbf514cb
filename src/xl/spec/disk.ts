/**
 * Disks as xl's `disk` devices: pure. A source below /dev is a device of the host; any other is a file of this machine,
 * and where it lies in dom0 is for disk-transfer.ts.
 */
import { resolve } from 'node:path';
import type { DiskSetting } from '../../config/model.js';
import { UserError } from '../../errors.js';

export interface DiskDevice {
  target: string;
  readonly: boolean;
  /** Absolute, in dom0. */
  path: string;
}

const targetPattern = /^xvd[a-z]$/;
/** A comma ends a field of the device's text, and "script=" would be run: so only what means nothing to xl. */
const pathPattern = /^(\/(?!\.{1,2}(\/|$))[A-Za-z0-9._@+:-]+)+$/;

export function isHostDevice(disk: Pick<DiskSetting, 'source'>): boolean {
  return disk.source.startsWith('/dev/');
}

/** `--disk SOURCE:TARGET[:ro]`. Throws UserError. */
export function parseDisk(text: string): DiskSetting {
  const match = /^(.+?):(xvd[a-z]+)(?::(ro|rw))?$/.exec(text);
  if (match === null) {
    throw new UserError(`--disk: "${text}" is not SOURCE:TARGET[:ro]`, {
      exit: 'usage',
      next: ['for example: --disk ./scratch.img:xvda   or   --disk /dev/sdb:xvdb:ro'],
    });
  }
  return { source: resolve(match[1] ?? ''), target: match[2] ?? '', readonly: match[3] === 'ro' };
}

/** Throws UserError for targets that clash or that are none. */
export function checkDisks(disks: readonly DiskSetting[]): readonly DiskSetting[] {
  for (const [index, { target }] of disks.entries()) {
    if (!targetPattern.test(target)) {
      throw new UserError(`disk: "${target}" is no name of a disk`, { exit: 'usage', next: ['use xvda to xvdz'] });
    }
    if (disks.findIndex((other) => other.target === target) !== index) {
      throw new UserError(`disk: two disks are to be ${target}`, { exit: 'usage' });
    }
  }
  return disks;
}

/** The device as an entry of xl.cfg's `disk` list. Throws UserError if the path cannot be written there. */
export function diskDeviceText(disk: DiskDevice): string {
  if (!pathPattern.test(disk.path)) {
    throw new UserError(`disk: the path "${disk.path}" cannot be given to xl`, {
      exit: 'cannotCreate',
      next: ['use a file whose path has only letters, digits and . _ @ + : - in it'],
    });
  }
  const access = disk.readonly ? 'ro' : 'rw';
  return `format=raw,vdev=${disk.target},access=${access},backendtype=phy,target=${disk.path}`;
}
