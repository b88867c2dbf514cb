/**
 * A disk's way to dom0 and back. A device of the host is there already, and so is a file on the local host. Holes stay
 * holes, and a disk that is as it was is left alone here.
 */
import { join } from 'node:path';
import type { DiskSetting } from '../../config/model.js';
import { UserError } from '../../errors.js';
import { sha256File } from '../../sys/digest.js';
import * as fs from '../../sys/fs.js';
import { freeName, replaceFile } from '../../sys/place-file.js';
import { makeTemporaryDirectory } from '../../sys/places.js';
import { placeOfCopy, type Transfer } from '../script/transfer.js';
import { type DiskDevice, isHostDevice } from '../spec/disk.js';

const fileName = 'disk';

/** `uuid` is the domain's, undefined where dom0 has the file itself. */
export function diskTransfer(disk: DiskSetting, uuid: string | undefined): Transfer & { device: DiskDevice } {
  const { source, target, readonly } = disk;
  const copy = uuid === undefined || isHostDevice(disk) ? undefined : placeOfCopy(uuid, target);
  let sent: SentDisk | undefined;
  return {
    ...{ source, target, readonly, copy },
    device: { target, readonly, path: copy === undefined ? source : join(copy, fileName) },
    async check() {
      if (!isHostDevice(disk)) await checkFile(source);
    },
    async hand(send) {
      sent = await look(source);
      const folder = await makeTemporaryDirectory('lwd-disk');
      try {
        await fs.makeSymlink(sent.file, join(folder, fileName));
        await send(folder, 'follow');
      } finally {
        await fs.remove(folder);
      }
    },
    async takeBack(folder) {
      return sent === undefined ? [] : keep(join(folder, fileName), sent);
    },
  };
}

interface SentDisk {
  /** Links followed. */
  file: string;
  digest: string;
  modified: number;
}

async function look(source: string): Promise<SentDisk> {
  const file = (await fs.realPath(source)) ?? source;
  const { modified = 0 } = (await fs.status(file)) ?? {};
  return { file, modified, digest: await sha256File(file) };
}

async function checkFile(path: string): Promise<void> {
  const real = await fs.realPath(path);
  const found = real === undefined ? undefined : await fs.status(real);
  if (found?.kind !== 'file') {
    throw new UserError(`disk: there is no file ${path}`, {
      exit: 'usage',
      next: [`make one: truncate -s 1G ${path}`],
    });
  }
  if (found.bytes === 0 || found.bytes % 512 !== 0) {
    throw new UserError(`disk: ${path} has ${found.bytes} bytes, which are no whole sectors of 512`, {
      exit: 'cannotCreate',
      next: [`give it a size: truncate -s 1G ${path}`],
    });
  }
}

/** Whole or not at all, in place of what was sent; beside it if somebody changed that meanwhile. */
async function keep(returned: string, sent: SentDisk): Promise<string[]> {
  if ((await sha256File(returned)) === sent.digest) return [];
  const now = await fs.status(sent.file);
  const isOurs = now?.modified === sent.modified;
  const target = isOurs ? sent.file : freeName(`${sent.file}.from-domain`);
  await replaceFile(returned, target, (now?.mode ?? 0o600) & 0o777);
  return isOurs ? [] : [`${sent.file} was changed here too: the domain's is ${target}`];
}
