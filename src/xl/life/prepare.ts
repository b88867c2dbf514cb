/**
 * What has to be on a host before a domain can be created: the image, once for all domains of it; then, for each, what is its
 * own (copies of folders and disks, a command line that is too long for Xen).
 */
import { join } from 'node:path';
import { HostError } from '../../errors.js';
import { keepConsoleLogs } from '../../host/capabilities.js';
import type { Host } from '../../host/host.js';
import { sha256 } from '../../sys/digest.js';
import { orThrow } from '../../sys/exec.js';
import { readBytes, remove, writeAtomic } from '../../sys/fs.js';
import { runDirectory } from '../../sys/run-directory.js';
import { type PlacedFiles, placeFiles } from '../copies/copies.js';
import { newUuid } from '../facts/domain-record.js';
import type { ShellOrder } from '../observed/shell.js';
import type { Image } from '../spec/image.js';
import { type DomainPlan, type DomainSpec, type DomainWish, planDomain } from '../spec/spec.js';

export interface Prepared {
  /** Whether a shell may stand in for the domain; undefined: nobody asked for that. */
  shell?: ShellOrder | undefined;
  host: Host;
  image: Image;
  plan: DomainPlan;
  spec: DomainSpec;
  logFile: string;
  files: PlacedFiles;
  /** Paths in dom0 of the programs that serve the volumes and attend to the process. */
  volumeServer: string | undefined;
  processChannel: string;
  /**
   * Removes what root alone can read there, and nobody needs once the domain is made, or is not. May be called again; gives a
   * remark if it is still there.
   */
  dropSecret(): Promise<string | undefined>;
}

/** An image that is on a host, for any number of domains. Paths are dom0's. */
export interface SentImage {
  image: Image;
  kernel: string;
  ramdisk: string | undefined;
  /** The program that serves volumes, if there are any. */
  volumeServer: string | undefined;
  /** The program that attends to the domain's process; empty for a broker, which has its own. */
  processChannel: string;
}

/** lwd's own programs for dom0, on this machine. */
export interface Dom0Programs {
  volumeServer: { path: string; sha256: string } | undefined;
  processChannel: { path: string; sha256: string } | undefined;
}

export async function sendImage(host: Host, image: Image, programs: Dom0Programs): Promise<SentImage> {
  const { kernel, ramdisk } = image;
  const { volumeServer, processChannel } = programs;
  return {
    image,
    kernel: await host.push(kernel.path, kernel.sha256),
    ramdisk: ramdisk && (await host.push(ramdisk.path, ramdisk.sha256)),
    volumeServer: volumeServer && (await host.push(volumeServer.path, volumeServer.sha256)),
    processChannel: processChannel === undefined ? '' : await host.push(processChannel.path, processChannel.sha256),
  };
}

/** What the wish comes to on this host, which is asked what it can do. Throws UserError if it cannot be. */
export async function planFor(host: Host, wish: DomainWish): Promise<DomainPlan> {
  const capabilities = await host.capabilities();
  if (capabilities.consoleLogs === undefined) throw noConsoleLogs(host.name);
  return planDomain(wish, capabilities);
}

/** Brings to the host what this domain alone needs. Nothing is created yet. */
export async function prepare(host: Host, sent: SentImage, wish: DomainWish): Promise<Prepared> {
  const plan = await planFor(host, wish);
  const { consoleLogs = '' } = await host.capabilities();
  const uuid = newUuid(host.broker && process.getuid?.());
  const files = await placeFiles(host, { uuid, name: plan.name }, plan);
  try {
    const spec: DomainSpec = {
      ...plan,
      uuid,
      volumes: files.volumes,
      disks: files.disks,
      kernel: sent.kernel,
      ramdisk: plan.ramdiskTail === undefined ? sent.ramdisk : await pushRamdisk(host, sent.image, plan.ramdiskTail),
    };
    const { image, volumeServer, processChannel } = sent;
    const dropSecret = dropping(host, wish.secret === undefined ? undefined : spec.ramdisk);
    const placed = { volumeServer, processChannel, logFile: logFile(consoleLogs, spec.name) };
    return { host, image, plan, spec, files, dropSecret, ...placed };
  } catch (error) {
    await files.discard().catch(() => {});
    throw error;
  }
}

/** A broker keeps what it was sent where nobody but it can read, and makes room by itself. */
function dropping(host: Host, ramdisk: string | undefined): Prepared['dropSecret'] {
  if (ramdisk === undefined || host.broker !== undefined) return async () => undefined;
  let done: Promise<string | undefined> | undefined;
  const drop = async () => {
    await host.forget(ramdisk);
    orThrow(await host.exec(['rm', '-f', ramdisk], { timeout: 30_000 }), `removing ${ramdisk}`, host.name);
    return undefined;
  };
  const remark = (error: unknown) =>
    `${ramdisk} on ${host.name} has its environment, for root to read, and could not be removed: ${String(error)}`;
  return () => {
    done ??= drop().catch(remark);
    return done;
  };
}

export function logFile(folder: string, name: string): string {
  return join(folder, `guest-${name}.log`);
}

async function pushRamdisk(host: Host, { ramdisk }: Image, tail: Uint8Array): Promise<string> {
  const root = (ramdisk && (await readBytes(ramdisk.path))) ?? new Uint8Array();
  const whole = Buffer.concat([root, tail]);
  const digest = sha256(whole);
  const file = join(runDirectory(), `ramdisk-${process.pid}-${digest}`);
  await writeAtomic(file, whole, 0o600);
  return host.push(file, digest).finally(() => remove(file));
}

function noConsoleLogs(host: string): HostError {
  return new HostError(`xenconsoled on ${host} keeps no logs of guests, and lwd reads the console from there`, {
    next: keepConsoleLogs,
  });
}
