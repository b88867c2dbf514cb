/**
 * Where a domain's volumes and disks lie in dom0. On the local host those are the folders and files themselves. Any other
 * host gets copies before the domain is made, and what the domain changed comes back when it has ended: nothing of this
 * machine is within the domain's reach, and a copy that was only to be read is simply thrown away.
 *
 *   /var/lib/lwd/copies/UUID/about     what the domain may write to, and where it belongs: JSON
 *   /var/lib/lwd/copies/UUID/unused    until the domain is made
 *   /var/lib/lwd/copies/UUID/NAME/     a volume's folder, or a folder with a disk's file
 *
 * What a domain wrote is nowhere else. So nothing takes it away but its having come back, or the user (`lwd copies`).
 */
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import type { DiskSetting, VolumeSetting } from '../../config/model.js';
import { HostError, UserError } from '../../errors.js';
import type { Host } from '../../host/host.js';
import { wallSeconds } from '../../sys/clock.js';
import { exec, orThrow } from '../../sys/exec.js';
import * as fs from '../../sys/fs.js';
import { passOn } from '../../sys/pass-on.js';
import { makeTemporaryDirectory } from '../../sys/places.js';
import { copiesDirectory, type Transfer } from '../script/transfer.js';
import type { DiskDevice } from '../spec/disk.js';
import type { VolumeDevice } from '../spec/volume.js';
import { diskTransfer } from './disk-transfer.js';
import { recordCopies } from './left-copies.js';
import { volumeTransfer } from './volume-transfer.js';

export interface PlacedFiles {
  volumes: VolumeDevice[];
  disks: DiskDevice[];
  /** UUIDs of domains whose copies somebody ought to look at: they are old, and their domains are gone. */
  forgotten: string[];
  /** For messages: where what the domain writes is to be found if it is not brought back. */
  whereLeft: string[];
  /**
   * After the domain's end: brings back what it changed, and clears up in dom0. Gives remarks. Throws HostError if
   * something is still there, after everything was tried.
   */
  bringBack(): Promise<string[]>;
  /** Before a domain that nobody waits for: throws UserError if something would have to be brought back. */
  leaveAlone(): Promise<void>;
  /** Instead of bringBack(), if the domain never ran. */
  discard(): Promise<void>;
}

/** Throws UserError for folders and files that cannot be a domain's. */
export async function placeFiles(
  host: Host,
  domain: { uuid: string; name: string },
  wish: { volumes: readonly VolumeSetting[]; disks: readonly DiskSetting[] },
): Promise<PlacedFiles> {
  const isHere = host.name === 'local';
  const volumes = wish.volumes.map((volume, index) => volumeTransfer(volume, isHere ? undefined : domain.uuid, index));
  const disks = wish.disks.map((disk) => diskTransfer(disk, isHere ? undefined : domain.uuid));
  const all = [...volumes, ...disks];
  for (const transfer of all) await transfer.check();
  const copies = new Copies(host, domain, all);
  const forgotten = await copies.make();
  return {
    volumes: volumes.map(({ device }) => device),
    disks: disks.map(({ device }) => device),
    forgotten,
    whereLeft: copies.whereLeft(),
    bringBack: () => copies.bringBack(),
    leaveAlone: () => copies.leaveAlone(),
    discard: () => copies.discard(),
  };
}

/**
 * $1 copy's folder, $2 the record of all of the domain's or nothing. An old copy that could only be read and whose domain is
 * gone was left by an lwd that was killed. If xl does not say which domains there are, nothing goes. Owners of this machine
 * mean nothing there: all is root's, and so the server's.
 */
const takeScript = `
umask 077
mkdir -p "$1" && cd "$1" || exit
{ [ -z "$2" ] || printf '%s\\n' "$2" >../about; } && : >../unused || exit
tar --sparse -xof - || exit
old=$(find ${copiesDirectory} -mindepth 1 -maxdepth 1 -mmin +60) && [ -n "$old" ] && live=$(xl list -v) || exit 0
printf '%s\\n' "$old" | while read -r old; do
  case $live in *"\${old##*/}"*) continue ;; esac
  if [ -e "$old/about" ]; then echo "\${old##*/}"; else rm -rf "$old"; fi
done`;

class Copies {
  readonly #host: Host;
  readonly #domain: { uuid: string; name: string };
  readonly #transfers: (Transfer & { copy: string })[];

  constructor(host: Host, domain: { uuid: string; name: string }, transfers: readonly Transfer[]) {
    this.#host = host;
    this.#domain = domain;
    this.#transfers = transfers.filter((each): each is Transfer & { copy: string } => each.copy !== undefined);
  }

  async make(): Promise<string[]> {
    const forgotten = new Set<string>();
    try {
      for (const transfer of this.#transfers) {
        await transfer.hand(async (folder, links) => {
          for (const uuid of await this.#send(transfer, folder, links)) forgotten.add(uuid);
        });
      }
    } catch (error) {
      await this.discard().catch(() => {});
      throw error;
    }
    return [...forgotten];
  }

  async #send(transfer: Transfer & { copy: string }, folder: string, links: 'send' | 'follow'): Promise<string[]> {
    const follow = links === 'follow' ? ['--dereference'] : [];
    const pack = ['tar', '--format=gnu', '--sparse', ...follow, '-cf', '-', '-C', folder, '.'] as const;
    const { source, copy } = transfer;
    let listing = '';
    await passOn(
      { what: `packing ${source}`, run: (options) => exec([...pack], options) },
      {
        what: `sending ${source}`,
        host: this.#host.name,
        run: async (options) => {
          const result = await this.#host.script(takeScript, [copy, this.#record()], options);
          listing = result.stdout;
          return result;
        },
      },
    );
    return listing.split('\n').filter(Boolean);
  }

  #writable(): (Transfer & { copy: string })[] {
    return this.#transfers.filter(({ readonly }) => !readonly);
  }

  #record(): string {
    const copies = this.#writable().map(({ copy, source, target }) => ({ copy, source: resolve(source), target }));
    if (copies.length === 0) return '';
    return recordCopies({ domain: this.#domain.name, from: hostname(), since: Math.round(wallSeconds()), copies });
  }

  whereLeft(): string[] {
    if (this.#writable().length === 0) return [];
    const { uuid } = this.#domain;
    return [
      `what it wrote is on ${this.#host.name}, below ${join(copiesDirectory, uuid)}; when it has ended, fetch it:`,
      `lwd copies --host ${this.#host.name} --fetch ${uuid} --into FOLDER`,
    ];
  }

  async leaveAlone(): Promise<void> {
    const [writable] = this.#writable();
    if (writable === undefined) return;
    await this.discard();
    throw new UserError(`nobody would bring back what a detached domain writes to ${writable.target}`, {
      exit: 'usage',
      next: ['run it in the foreground', 'or make it readonly', 'or run lwd in that dom0 itself'],
    });
  }

  async bringBack(): Promise<string[]> {
    const notes: string[] = [];
    const failures: unknown[] = [];
    for (const transfer of this.#writable()) {
      await takeBack(this.#host, transfer.copy, (folder) => transfer.takeBack(folder))
        .then((remarks) => notes.push(...remarks))
        .catch((error) => failures.push(error));
    }
    if (failures.length === 0) {
      await this.discard();
      return notes;
    }
    const messages = failures.map((error) => (error instanceof Error ? error.message : String(error)));
    throw new HostError(`what ${this.#domain.name} wrote could not be brought back: ${messages.join('; ')}`, {
      evenInterrupted: true,
      next: [...failures.flatMap((error) => (error instanceof HostError ? error.next : [])), ...this.whereLeft()],
      cause: failures[0],
    });
  }

  async discard(): Promise<void> {
    if (this.#transfers.length > 0) await removeCopies(this.#host, this.#domain.uuid);
  }
}

/** Takes the copies of one domain away, for good. */
export async function removeCopies(host: Host, uuid: string): Promise<void> {
  const result = await host.exec(['rm', '-rf', join(copiesDirectory, uuid)], { timeout: 120_000, shielded: true });
  orThrow(result, 'clearing up', host.name);
}

/** Brings what the copy has become into `folder`: all of it, since dom0's times are no witness of what changed. */
export async function fetchCopy(host: Host, copy: string, folder: string): Promise<void> {
  const pack = ['tar', '--format=gnu', '--sparse', '-cf', '-', '-C', copy, '.'] as const;
  const unpack = ['tar', '--same-permissions', '--no-same-owner', '-xf', '-', '-C', folder] as const;
  await passOn(
    { what: 'bringing a copy back', host: host.name, run: (options) => host.exec(pack, options) },
    { what: `unpacking a copy in ${folder}`, run: (options) => exec(unpack, options) },
  );
}

/** Has `take` look at what the copy has become, in a folder of this machine. If `take` fails, the folder stays. */
async function takeBack(host: Host, copy: string, take: (folder: string) => Promise<string[]>): Promise<string[]> {
  const folder = await makeTemporaryDirectory('lwd-copy');
  try {
    await fetchCopy(host, copy, folder);
  } catch (error) {
    await fs.remove(folder);
    throw error;
  }
  try {
    const notes = await take(folder);
    await fs.remove(folder);
    return notes;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    // Under a name that nobody clears up.
    const kept = folder.replace('lwd-copy', 'lwd-rescued');
    await fs.rename(folder, kept);
    throw new HostError(message, { next: [`all of a copy is in ${kept}`], cause: error });
  }
}
