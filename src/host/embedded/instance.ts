/**
 * A running embedded host of this user: one for each name. What is known of it lies in a folder of the run directory, so
 * that any lwd finds it:
 *
 *   instance.json     process, port, keys of image and machine; written when dom0 answers
 *   ssh.conf  ctl     how to log in (`ssh -F …/ssh.conf dom0`), and the control master's socket
 *   id_ed25519  known_hosts       the keys for it, copied from the image
 *   qmp  console.log  qemu.log     see machine.ts
 *   pushed/           names of the files that its dom0 has already
 *   users/            see parking.ts
 *   lock              held while it is started or stopped
 */
import { join } from 'node:path';
import { wallSeconds, wallText } from '../../sys/clock.js';
import { orThrow } from '../../sys/exec.js';
import * as fs from '../../sys/fs.js';
import { withLock } from '../../sys/lock.js';
import { endProcess, isAlive, type ProcessIdentity } from '../../sys/process.js';
import { runDirectory } from '../../sys/run-directory.js';
import { capabilitiesFromProbe, probeScript } from '../capabilities.js';
import type { HostCapabilities, HostProgress } from '../host.js';
import { SshHost } from '../ssh.js';
import { sourcesSeen } from './image.js';
import { explainFailure, forwardedPort, type Machine } from './machine.js';
import { type EmbeddedName, folderName, variantOf } from './name.js';
import { prepare } from './prepare.js';
import { type Accelerator, machineKey } from './recipe.js';
import { resumeOrRenew } from './snapshot.js';

export interface Instance {
  process: ProcessIdentity;
  port: number;
  image: string;
  /** See isPresent() in image.ts. */
  sources?: string;
  machine: string;
  accelerator: Accelerator;
  /** MiB */
  memory: number;
  started: string;
  capabilities: HostCapabilities;
}

export function instanceFolder(name: EmbeddedName): string {
  return join(runDirectory(), folderName(name));
}

/** Whether the instance stands still while nobody uses it, see parking.ts. */
export function isParkable(name: EmbeddedName): boolean {
  return variantOf(name) === 'embedded-icount';
}

/** The running instance, undefined if there is none, or if its QEMU is gone. No round trip. */
export async function findInstance(name: EmbeddedName): Promise<Instance | undefined> {
  const record = (await fs.readJson(join(instanceFolder(name), 'instance.json'))) as Instance | undefined;
  return record?.process !== undefined && (await isAlive(record.process)) ? record : undefined;
}

/** The running instance, started first if need be. Of several that ask at once one starts it, the others wait. */
export async function ensureInstance(
  name: EmbeddedName,
  progress: HostProgress,
  signal?: AbortSignal,
): Promise<Instance> {
  const running = await findInstance(name);
  if (running !== undefined) return running;
  await fs.makeDirectory(instanceFolder(name), 0o700);
  const start = async () => (await findInstance(name)) ?? (await startInstance(name, progress, signal));
  return withLock(join(instanceFolder(name), 'lock'), start, signal);
}

/**
 * Ends the instance. True if there was one. What was saved of it stays: the next start is quick. `signal` ends the wait for
 * others.
 */
export async function stopInstance(name: EmbeddedName, signal?: AbortSignal): Promise<boolean> {
  const folder = instanceFolder(name);
  if (!fs.exists(folder)) return false;
  const stop = async () => {
    const instance = await findInstance(name);
    await instanceHost(name).disconnect();
    if (instance !== undefined) await endProcess(instance.process, 3000);
    await forget(folder);
    return instance !== undefined;
  };
  return withLock(join(folder, 'lock'), stop, signal);
}

async function forget(folder: string): Promise<void> {
  for (const file of ['instance.json', 'ssh.conf', 'id_ed25519', 'known_hosts', 'ctl', 'qmp', 'pushed', 'users'])
    await fs.remove(join(folder, file));
}

/** The way into the instance; whether there is one is not looked at. `called`: its name for messages. */
export function instanceHost(name: EmbeddedName, called: string = name): SshHost {
  const folder = instanceFolder(name);
  return new SshHost({
    name: called,
    options: ['-F', join(folder, 'ssh.conf')],
    destination: 'dom0',
    login: `-F ${join(folder, 'ssh.conf')} dom0`,
    controlPath: join(folder, 'ctl'),
    posixShell: true,
    keepAlive: !isParkable(name),
    // An emulated machine on a loaded one is slow to begin with.
    patience: 60,
    next: [`start it anew: lwd host down --host ${name} && lwd host up --host ${name}`],
  });
}

async function startInstance(
  name: EmbeddedName,
  progress: HostProgress,
  signal: AbortSignal | undefined,
): Promise<Instance> {
  const folder = instanceFolder(name);
  const { image, recipe } = await prepare(variantOf(name), progress, signal);
  await forget(folder);
  const machine = await resumeOrRenew(image, recipe, folder, progress, signal);
  try {
    const port = await forwardedPort(machine.qmp);
    for (const file of ['id_ed25519', 'known_hosts']) await fs.copyFile(join(image.folder, file), join(folder, file));
    await fs.writeAtomic(join(folder, 'ssh.conf'), sshConfiguration(folder, port), 0o600);
    const capabilities = await settle(name, signal);
    const instance: Instance = {
      process: machine.process,
      port,
      image: image.key,
      sources: sourcesSeen(),
      machine: machineKey(recipe),
      accelerator: recipe.accelerator,
      memory: recipe.memory,
      started: wallText(),
      capabilities,
    };
    await fs.writeAtomic(join(folder, 'instance.json'), `${JSON.stringify(instance, undefined, 2)}\n`, 0o600);
    return instance;
  } catch (error) {
    throw await giveUp(machine, error);
  } finally {
    machine.qmp.close();
  }
}

async function giveUp(machine: Machine, error: unknown): Promise<unknown> {
  await endProcess(machine.process, 1000);
  return explainFailure(error, machine.folder);
}

/** dom0 wakes with the clock of the day it was saved: tell it the time, and ask what it can do. */
const settleScript = `date -u -s "@$1" >/dev/null || exit
[ ! -f /run/lwd-awake ] || kill "$(cat /run/lwd-awake)"
${probeScript}`;

async function settle(name: EmbeddedName, signal: AbortSignal | undefined): Promise<HostCapabilities> {
  const host = instanceHost(name);
  await host.connect(90_000, signal);
  const result = await host.script(settleScript, [wallSeconds().toFixed(3)], { timeout: 90_000 });
  return capabilitiesFromProbe(orThrow(result, 'waking the embedded host', name), name);
}

function sshConfiguration(folder: string, port: number): string {
  // In ssh's configuration a percent sign starts a token.
  const path = (file: string): string => `"${file.replaceAll('%', '%%')}"`;
  return [
    '# Written by lwd when the embedded host starts. By hand: ssh -F THIS_FILE dom0',
    'Host dom0',
    '  HostName 127.0.0.1',
    `  Port ${port}`,
    '  User root',
    `  IdentityFile ${path(join(folder, 'id_ed25519'))}`,
    '  IdentitiesOnly yes',
    `  UserKnownHostsFile ${path(join(folder, 'known_hosts'))}`,
    '  GlobalKnownHostsFile none',
    '  HostKeyAlias lwd-embedded',
    '  StrictHostKeyChecking yes',
    '  BatchMode yes',
    `  ControlPath ${path(join(folder, 'ctl'))}`,
    '  ControlMaster auto',
    '  ControlPersist yes',
    '',
  ].join('\n');
}
