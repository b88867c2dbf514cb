/**
 * Where a domain's volumes lie in dom0. On the local host that is the folder itself. Any other host gets a copy before
 * the domain is made, and what the domain changed comes back when it has ended: nothing of this machine is within the
 * domain's reach, and a read-only volume's copy is simply thrown away.
 */
import { join } from 'node:path';
import type { VolumeSetting } from '../config/model.js';
import { HostError, UserError } from '../errors.js';
import type { Host } from '../host/host.js';
import { exec, orThrow } from '../sys/exec.js';
import * as fs from '../sys/fs.js';
import type { VolumeDevice } from './volume.js';
import { mergeBack, type Survey, surveyFolder } from './volume-merge.js';

export interface PlacedVolumes {
  devices: VolumeDevice[];
  /** After the domain's end: brings back what it changed, and clears up in dom0. Gives remarks for the user. */
  bringBack(): Promise<string[]>;
  /** Before a domain that nobody waits for: throws UserError if something would have to be brought back. */
  leaveAlone(): Promise<void>;
}

const directory = '/var/lib/lwd/volumes';
const transferTimeout = 600_000;

export function placeOfVolume(uuid: string, index: number): string {
  return `${directory}/${uuid}/${index}`;
}

/** Throws UserError for a folder that cannot be a volume. */
export async function placeVolumes(
  host: Host,
  uuid: string,
  volumes: readonly VolumeSetting[],
): Promise<PlacedVolumes> {
  const nothing = { bringBack: async () => [], leaveAlone: async () => {} };
  const surveys: Survey[] = [];
  for (const volume of volumes) surveys.push(await surveyFolder(volume.source));
  if (host.name === 'local' || volumes.length === 0) {
    return { ...nothing, devices: volumes.map((volume) => ({ ...volume, path: volume.source })) };
  }
  const placed = volumes.map((volume, index) => ({ ...volume, path: placeOfVolume(uuid, index) }));
  for (const volume of placed) await send(host, volume.source, volume.path);
  const clearUp = async () => void (await host.exec(['rm', '-rf', `${directory}/${uuid}`], { timeout: 60_000 }));
  return {
    devices: placed,
    leaveAlone: async () => {
      const writable = placed.find((volume) => !volume.readonly);
      if (writable === undefined) return;
      await clearUp();
      throw new UserError(`nobody would bring back what a detached domain writes to the volume ${writable.target}`, {
        exit: 'usage',
        next: ['run it in the foreground', 'or make the volume readonly', 'or run lwd in that dom0 itself'],
      });
    },
    bringBack: async () => {
      const notes: string[] = [];
      for (const [index, volume] of placed.entries()) {
        const survey = surveys[index];
        if (!volume.readonly && survey !== undefined) {
          notes.push(...(await receive(host, volume.path, (tree) => mergeBack(tree, volume.source, survey))));
        }
      }
      await clearUp();
      return notes;
    },
  };
}

/**
 * $1 folder. A copy whose domain is gone and that is an hour old was left by an lwd that was killed. The connection itself vouches for the bytes; an archive that ends too early is tar's to
 * notice. Owners of this machine mean nothing there: all is root's, and so the server's.
 */
const receiveScript = `
umask 077
mkdir -p "$1" && cd "$1" || exit
live=$(xl list -v)
find ${directory} -mindepth 1 -maxdepth 1 -mmin +60 | while read -r old; do
  case $live in *"\${old##*/}"*) ;; *) rm -rf "$old" ;; esac
done
tar -xof -`;

async function send(host: Host, source: string, path: string): Promise<void> {
  const folder = await fs.makeTemporaryDirectory('lwd-volume');
  try {
    const archive = join(folder, 'volume.tar');
    const pack = ['tar', '--format=gnu', '-cf', archive, '-C', source, '.'] as const;
    orThrow(await exec(pack, { timeout: transferTimeout }), `packing the volume ${source}`);
    const options = { timeout: transferTimeout, inputFile: archive };
    orThrow(await host.script(receiveScript, [path], options), `sending the volume ${source}`, host.name);
  } finally {
    await fs.remove(folder);
  }
}

/**
 * Calls `merge` with a folder of this machine that holds what the volume has become. All of it comes back: dom0's clock is
 * no witness of what changed.
 */
async function receive(host: Host, path: string, merge: (tree: string) => Promise<string[]>): Promise<string[]> {
  const chunks: Uint8Array[] = [];
  const options = { timeout: transferTimeout, onStdout: (chunk: Uint8Array) => void chunks.push(chunk) };
  orThrow(await host.exec(['tar', '-cf', '-', '-C', path, '.'], options), 'bringing a volume back', host.name);
  const folder = await fs.makeTemporaryDirectory('lwd-volume');
  const tree = join(folder, 'tree');
  await fs.makeDirectory(tree);
  const unpack = ['tar', '-xf', '-', '--no-same-owner', '-C', tree] as const;
  try {
    orThrow(await exec(unpack, { timeout: transferTimeout, input: Buffer.concat(chunks) }), 'unpacking a volume');
    const notes = await merge(tree);
    await fs.remove(folder);
    return notes;
  } catch (error) {
    throw new HostError(`what the domain left in a volume could not be brought back: ${String(error)}`, {
      next: [`all of it is in ${tree}, and until the next clean-up in ${path} on ${host.name}`],
      cause: error,
    });
  }
}
