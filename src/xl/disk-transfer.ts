/**
 * Where a domain's disks lie in dom0. On the local host that is the file itself. Any other host gets a copy before the
 * domain is made, and what the domain wrote comes back when it has ended. A device of the host is used as it is.
 */
import { basename, join } from 'node:path';
import type { DiskSetting } from '../config/model.js';
import { UserError } from '../errors.js';
import type { Host } from '../host/host.js';
import { exec, orThrow } from '../sys/exec.js';
import * as fs from '../sys/fs.js';
import { type DiskDevice, isHostDevice } from './disk.js';

export interface PlacedDisks {
  devices: DiskDevice[];
  /** After the domain's end: brings back what it wrote, and clears up in dom0. Gives remarks for the user. */
  bringBack(): Promise<string[]>;
  /** Before a domain that nobody waits for: throws UserError if something would have to be brought back. */
  leaveAlone(): Promise<void>;
}

interface PlacedDisk extends DiskDevice {
  /** The file itself, links followed. */
  source: string;
  digest: string;
  modified: number;
}

const directory = '/var/lib/lwd/disks';
const transferTimeout = 600_000;

export function placeOfDisk(uuid: string, disk: DiskSetting): string {
  return isHostDevice(disk) ? disk.source : `${directory}/${uuid}/${disk.target}`;
}

/** Throws UserError for a file that cannot be a disk. */
export async function placeDisks(host: Host, uuid: string, disks: readonly DiskSetting[]): Promise<PlacedDisks> {
  const isHere = (disk: DiskSetting) => host.name === 'local' || isHostDevice(disk);
  for (const disk of disks) if (!isHostDevice(disk)) await checkFile(disk.source);
  const devices = disks.map((disk) => ({ ...disk, path: isHere(disk) ? disk.source : placeOfDisk(uuid, disk) }));
  const copies: PlacedDisk[] = [];
  for (const device of devices) if (!isHere(device)) copies.push(await send(host, device));
  const clearUp = async () => {
    if (copies.length > 0) await host.exec(['rm', '-rf', `${directory}/${uuid}`], { timeout: 60_000 });
  };
  return {
    devices,
    leaveAlone: async () => {
      const writable = copies.find((disk) => !disk.readonly);
      if (writable === undefined) return;
      await clearUp();
      throw new UserError(`nobody would bring back what a detached domain writes to the disk ${writable.target}`, {
        exit: 'usage',
        next: ['run it in the foreground', 'or make the disk readonly', 'or run lwd in that dom0 itself'],
      });
    },
    bringBack: async () => {
      const notes: string[] = [];
      for (const disk of copies) if (!disk.readonly) notes.push(...(await receive(host, disk)));
      await clearUp();
      return notes;
    },
  };
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

/** $1 the disk's file, $2 its digest, $3 its size. Holes stay holes. What is left of domains that are gone for an hour goes away. */
const receiveScript = `
umask 077
mkdir -p "\${1%/*}" || exit
live=$(xl list -v)
find ${directory} -mindepth 1 -maxdepth 1 -mmin +60 | while read -r old; do
  case $live in *"\${old##*/}"*) ;; *) rm -rf "$old" ;; esac
done
tar -xzOf - | dd of="$1" bs=64k iflag=fullblock conv=sparse 2>/dev/null || exit
truncate -s "$3" "$1" || exit
[ "$(sha256sum <"$1")" = "$2  -" ] || { echo "what arrived is not what was sent" >&2; exit 1; }`;

async function send(host: Host, disk: DiskDevice & DiskSetting): Promise<PlacedDisk> {
  const source = (await fs.realPath(disk.source)) ?? disk.source;
  const folder = await fs.makeTemporaryDirectory('lwd-disk');
  try {
    const { modified = 0, bytes = 0 } = (await fs.status(source)) ?? {};
    const digest = await fs.sha256File(source);
    const archive = join(folder, 'disk.tgz');
    const pack = ['tar', '--format=gnu', '-czf', archive, '-C', join(source, '..'), '--', basename(source)] as const;
    orThrow(await exec(pack, { timeout: transferTimeout }), `packing the disk ${source}`);
    const options = { timeout: transferTimeout, inputFile: archive };
    orThrow(
      await host.script(receiveScript, [disk.path, digest, String(bytes)], options),
      `sending the disk ${source}`,
      host.name,
    );
    return { ...disk, source, digest, modified };
  } finally {
    await fs.remove(folder);
  }
}

/** $1 the disk's file, $2 its digest as it was: nothing on stdout if it still is; else an archive, its digest on stderr. */
const sendScript = `
now=$(sha256sum <"$1") || exit
[ "$now" != "$2  -" ] || exit 0
tar -czf - -C "\${1%/*}" "\${1##*/}" || exit
echo "$now" >&2`;

async function receive(host: Host, disk: PlacedDisk): Promise<string[]> {
  const chunks: Uint8Array[] = [];
  const options = { timeout: transferTimeout, onStdout: (chunk: Uint8Array) => void chunks.push(chunk) };
  const args = [disk.path, disk.digest];
  const result = orThrow(await host.script(sendScript, args, options), 'bringing a disk back', host.name);
  if (chunks.length === 0) return [];
  const folder = await fs.makeTemporaryDirectory('lwd-disk');
  try {
    const unpack = ['tar', '-xzf', '-', '--no-same-owner', '-C', folder] as const;
    orThrow(await exec(unpack, { timeout: transferTimeout, input: Buffer.concat(chunks) }), 'unpacking a disk');
    const file = join(folder, basename(disk.path));
    if (!result.stderr.includes(`${await fs.sha256File(file)}  -`)) {
      throw new Error(`${host.name}: the disk ${disk.path} was damaged on its way back; it is still there`);
    }
    return await keep(file, disk);
  } finally {
    await fs.remove(folder);
  }
}

/** Whole or not at all, in place of what was sent; beside it if somebody changed that meanwhile. */
async function keep(file: string, disk: PlacedDisk): Promise<string[]> {
  const now = await fs.status(disk.source);
  const isOurs = now?.modified === disk.modified;
  const target = isOurs ? disk.source : `${disk.source}.from-domain`;
  const temporary = fs.temporaryName(target);
  await fs.copyFile(file, temporary);
  await fs.setMode(temporary, (now?.mode ?? 0o600) & 0o777);
  await fs.rename(temporary, target);
  return isOurs ? [] : [`${disk.source} was changed here too: the domain's is ${target}`];
}
