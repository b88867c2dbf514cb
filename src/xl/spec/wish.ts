/** From an image, lwd.yaml's settings (or the defaults for a bare ELF) and flags to the domain that is wanted. Pure. */
import type { DiskSetting, DomainSettings, DomainType, NetworkSetting, VolumeSetting } from '../../config/model.js';
import { UserError } from '../../errors.js';
import { shellWord } from '../../sys/shell-word.js';
import { parseSize } from '../facts/units.js';
import { renderConfig } from './cfg.js';
import { longestCommandLine } from './cmdline.js';
import { parseDisk } from './disk.js';
import type { Image } from './image.js';
import { networkAt } from './ranks.js';
import { checkName, type DomainPlan, type DomainWish, planDomain } from './spec.js';
import { parseVolume, serverArguments } from './volume.js';

/** Flags that change the domain, as they were written. */
export interface DomainFlags {
  name?: string | undefined;
  type?: string | undefined;
  vcpus?: number | undefined;
  memory?: string | undefined;
  cpus?: string | undefined;
  env?: string[] | undefined;
  /** Of `env`: see DomainWish. */
  secret?: number | undefined;
  volume?: string[] | undefined;
  disk?: string[] | undefined;
}

/** What lwd.yaml says of the run, or its defaults for a bare ELF. */
export interface RunSettings {
  domain: DomainSettings;
  env: Record<string, string>;
  /** main's arguments after its name. */
  args: string[];
  volumes: VolumeSetting[];
  network: NetworkSetting[];
  disks: DiskSetting[];
}

const defaultMemory = 64 * 2 ** 20;

export const bareSettings: RunSettings = {
  domain: {
    type: 'auto',
    vcpus: 1,
    memory: defaultMemory,
    maxmem: defaultMemory,
    cpus: undefined,
    on_crash: 'destroy',
  },
  env: {},
  args: [],
  volumes: [],
  network: [],
  disks: [],
};

const foreignMemory = 256 * 2 ** 20;

/** For a kernel that is not lwd's. */
export const foreignSettings: RunSettings = {
  ...bareSettings,
  domain: { ...bareSettings.domain, memory: foreignMemory, maxmem: foreignMemory },
};

/** `args`, if given, replaces lwd.yaml's. Throws UserError for what a flag says wrongly. */
export function wishFor(
  image: Image,
  settings: RunSettings,
  flags: DomainFlags,
  args: readonly string[] | undefined,
): DomainWish {
  const name = flags.name ?? image.name;
  checkName(name);
  const foreign = image.commandLine;
  if (foreign !== undefined) checkForeign(flags, args);
  const memory = flags.memory === undefined ? settings.domain.memory : parseSize('--memory', flags.memory);
  return {
    name,
    kernel: image.facts,
    env: foreign === undefined ? environment(settings, flags) : {},
    ...(flags.secret === undefined ? {} : { secret: flags.secret }),
    ...(foreign === undefined ? {} : { commandLine: foreign }),
    args: [image.name, ...(args ?? settings.args)],
    network: settings.network,
    volumes: [...settings.volumes, ...(flags.volume ?? []).map(parseVolume)],
    disks: [...settings.disks, ...(flags.disk ?? []).map(parseDisk)],
    settings: {
      ...settings.domain,
      type: (flags.type as DomainType | undefined) ?? settings.domain.type,
      vcpus: flags.vcpus ?? settings.domain.vcpus,
      memory,
      // A limit that lwd.yaml did not set apart from the memory moves along with it.
      maxmem: settings.domain.maxmem === settings.domain.memory ? memory : Math.max(memory, settings.domain.maxmem),
      cpus: flags.cpus ?? settings.domain.cpus,
    },
  };
}

/**
 * The xl.cfg that lies beside an image and works without lwd: `xl create` runs it, xl's own actions clean up. Paths are
 * of the machine where xl will run. Throws UserError for what xl.cfg alone cannot say: a very long command line. Of volumes it
 * says what is to be done besides.
 */
export function standaloneConfig(wish: DomainWish, files: { kernel: string; ramdisk: string | undefined }): string {
  const network = networkAt(wish.network, { rank: 0, size: 1 });
  const plan = planDomain({ ...wish, network }, undefined);
  if (plan.ramdiskTail !== undefined) {
    throw new UserError(`arguments and environment are longer than Xen's ${longestCommandLine} bytes`, {
      next: ['lwd up brings them into the domain another way; an xl.cfg alone cannot'],
    });
  }
  const disks = plan.disks.map((disk) => ({ ...disk, path: disk.source }));
  return volumesComment(plan) + renderConfig({ ...plan, ...files, volumes: [], disks, uuid: undefined }, 'xl');
}

/**
 * xl knows two servers of folders, QEMU and xen-9pfsd. Neither will do: one answers requests in any order, the other speaks
 * another dialect. lwd's own can be had by anybody.
 */
function volumesComment({ name, volumes }: DomainPlan): string {
  if (volumes.length === 0) return '';
  for (const { source } of volumes) {
    if (/\p{Cc}/u.test(source)) throw new UserError(`volume: ${JSON.stringify(source)} cannot stand in an xl.cfg`);
  }
  const words = serverArguments(volumes.map((volume) => ({ ...volume, path: volume.source }))).map(shellWord);
  const text = [
    'Volumes are not of this file: xl has no server for them that this kernel can use. In dom0, as root:',
    '  xl create -p THIS_FILE',
    `  SERVER "$(xl domid ${name})" ${words.join(' ')}`,
    `  xl unpause ${name}`,
    'SERVER is the program that `lwd host volume-server` names: a static one, which may be copied to dom0.',
  ];
  return text.map((line) => `# ${line}\n`).join('');
}

function environment(settings: RunSettings, { env = [] }: DomainFlags): Record<string, string> {
  return { ...settings.env, ...Object.fromEntries(env.map(environmentEntry)) };
}

/** What is for lwd's own kernel, which hands it to main. */
function checkForeign({ env }: DomainFlags, args: readonly string[] | undefined): void {
  const what = env !== undefined ? '--env is' : args !== undefined ? 'arguments are' : undefined;
  if (what === undefined) return;
  throw new UserError(`${what} for main, and with --kernel there is none`, {
    exit: 'usage',
    next: ['say it in --cmdline: Linux hands NAME=value, and what stands behind --, to its init'],
  });
}

function environmentEntry(text: string): [string, string] {
  const equals = text.indexOf('=');
  if (equals > 0) return [text.slice(0, equals), text.slice(equals + 1)];
  throw new UserError(`--env: "${text}" is no NAME=VALUE`, { exit: 'usage' });
}
