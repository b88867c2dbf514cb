/** What `lwd up` would do, for --dry-run: the domain as it would be, and its xl.cfg. Asks no host. */
import { pushedPath } from '../host/dom0-files.js';
import type { Report } from '../report/output.js';
import { planReport } from '../report/up.js';
import { diskTransfer } from '../xl/copies/disk-transfer.js';
import { volumeTransfer } from '../xl/copies/volume-transfer.js';
import { newUuid } from '../xl/facts/domain-record.js';
import type { Image } from '../xl/spec/image.js';
import { type DomainSpec, type DomainWish, planDomain } from '../xl/spec/spec.js';

interface ChosenHost {
  name: string;
  because: string;
}

export function dryRun(image: Image, wishes: readonly DomainWish[], host: ChosenHost): Report {
  const there = (file: { path: string; sha256: string }) =>
    host.name === 'local' ? file.path : pushedPath(file.sha256);
  const { kernel, ramdisk } = image;
  const files = host.name === 'local' ? [] : [kernel.path, ...(ramdisk === undefined ? [] : [ramdisk.path])];
  const paths = { kernel: there(kernel), ramdisk: ramdisk && there(ramdisk) };
  return planReport(
    wishes.map((wish) => ({ ...specOf(wish, host), ...paths })),
    host,
    files,
  );
}

function specOf(wish: DomainWish, host: ChosenHost): Omit<DomainSpec, 'kernel' | 'ramdisk'> {
  const plan = planDomain({ ...wish, attended: true }, undefined);
  const uuid = newUuid();
  const away = host.name === 'local' ? undefined : uuid;
  const volumes = plan.volumes.map((volume, index) => volumeTransfer(volume, away, index).device);
  const disks = plan.disks.map((disk) => diskTransfer(disk, away).device);
  return { ...plan, uuid, volumes, disks };
}
