/**
 * What a config.json comes to as a domain: arguments, environment, size, volumes. What a domain cannot have is refused where
 * the program would notice, and left out where it would not (docs/oci.md has the rule for each). Pure.
 */
import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { cardAddress, cardAddressText } from '../config/ipv4.js';
import type { DomainSettings, NetworkSetting, VolumeSetting } from '../config/model.js';
import { UserError } from '../errors.js';
import { parseSize } from '../xl/facts/units.js';
import { bareSettings } from '../xl/spec/wish.js';
import type { OciConfig, OciMount } from './config.js';

/** Everything but the files. */
export interface ContainerWish {
  /** argv, as it is. */
  args: string[];
  /** Paths in the root file system, one of which is the image: the first that is there. */
  candidates: string[];
  env: Record<string, string>;
  settings: DomainSettings;
  /** Which of the settings config.json says itself. */
  given: { memory: boolean; vcpus: boolean; cpus: boolean };
  pool: string | undefined;
  volumes: VolumeSetting[];
  network: NetworkSetting[];
  /** Whether the root file system's files become the domain's read-only root. */
  packsRoot: boolean;
  /** Absolute, or relative to the bundle. */
  rootPath: string;
  /** What was left out, for --debug: one line each. */
  leftOut: string[];
}

const MiB = 2 ** 20;
const prefix = 'org.lwd.';
const annotations = ['image', 'memory', 'maxmem', 'vcpus', 'cpus', 'type', 'pool', 'bridge', 'ip', 'root'] as const;
type Annotation = (typeof annotations)[number];

/** Mounts that give a container what a domain has of its own, or has no use for. */
const own = new Set(['proc', 'sysfs', 'tmpfs', 'devpts', 'mqueue', 'cgroup', 'cgroup2', 'devtmpfs']);

/** Throws UserError. `bundle` is absolute. */
export function containerWish(config: OciConfig, bundle: string): ContainerWish {
  const { process: program } = config;
  const refuse = (where: string, what: string, ...next: string[]): never => {
    throw new UserError(`config.json: ${where}: ${what}`, { exit: 'cannotCreate', next });
  };
  if (program?.args === undefined || program.args.length === 0 || program.args[0] === '') {
    return refuse('process.args', 'there is no program to run');
  }
  if (program.terminal)
    refuse('process.terminal', 'a domain has a console and no terminal', 'run it without a terminal');
  for (const [name, hooks] of Object.entries(config.hooks ?? {})) {
    if (hooks?.length) refuse(`hooks.${name}`, 'lwd runs no hooks: there is no process that they could prepare');
  }
  if (config.root === undefined) return refuse('root.path', 'is missing');
  const wanted = readAnnotations(config.annotations ?? {});
  const leftOut: string[] = [];
  const env = environment(program.env ?? [], leftOut);
  return {
    args: program.args,
    candidates: wanted.image === undefined ? candidates(program.args[0] ?? '', program.cwd, env) : [wanted.image],
    env,
    ...settings(config, wanted),
    pool: wanted.pool,
    volumes: (config.mounts ?? []).flatMap((mount) => volume(mount, bundle, leftOut)),
    network: cards(wanted),
    packsRoot: wanted.root !== 'none',
    rootPath: config.root.path,
    leftOut,
  };
}

function readAnnotations(given: Record<string, string>): Partial<Record<Annotation, string>> {
  const found: Partial<Record<Annotation, string>> = {};
  for (const [key, value] of Object.entries(given)) {
    if (!key.startsWith(prefix)) continue;
    const name = annotations.find((each) => prefix + each === key);
    if (name === undefined) {
      throw new UserError(`config.json: annotations.${key} is none that lwd knows`, {
        next: [`known: ${annotations.map((each) => prefix + each).join(', ')}`],
      });
    }
    found[name] = value;
  }
  const { type, vcpus, root, ip } = found;
  if (ip !== undefined && !cardAddress.test(ip)) throw wrong('ip', ip, cardAddressText);
  if (type !== undefined && !['auto', 'pv', 'pvh'].includes(type)) throw wrong('type', type, 'auto, pv or pvh');
  if (vcpus !== undefined && !/^[1-9]\d{0,2}$/.test(vcpus)) throw wrong('vcpus', vcpus, 'a whole number from 1 to 128');
  if (root !== undefined && root !== 'packed' && root !== 'none') throw wrong('root', root, 'packed or none');
  return found;
}

function wrong(name: Annotation, value: string, must: string): UserError {
  return new UserError(`config.json: annotations.${prefix}${name} is ${JSON.stringify(value)}, must be ${must}`);
}

/** As Linux's execvp looks for a program. */
function candidates(program: string, cwd: string | undefined, env: Record<string, string>): string[] {
  if (program.includes('/')) return [posix.resolve('/', cwd ?? '/', program)];
  const places = (env.PATH ?? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin').split(':');
  return places.filter((place) => place.startsWith('/')).map((place) => posix.resolve(place, program));
}

/** The last of several of one name counts, as for getenv in most shells. Names that no C program would ask for are left out. */
function environment(entries: readonly string[], leftOut: string[]): Record<string, string> {
  const env = new Map<string, string>();
  for (const entry of entries) {
    const equals = entry.indexOf('=');
    const name = entry.slice(0, Math.max(equals, 0));
    if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) env.set(name, entry.slice(equals + 1));
    else leftOut.push(`process.env: ${JSON.stringify(entry.slice(0, 40))} has no name that a variable can have`);
  }
  return Object.fromEntries(env);
}

function settings(
  config: OciConfig,
  wanted: Partial<Record<Annotation, string>>,
): Pick<ContainerWish, 'settings' | 'given'> {
  const { memory: limits, cpu } = config.linux?.resources ?? {};
  const limit = limitedMemory(limits?.limit);
  const memory =
    wanted.memory === undefined
      ? (limit ?? bareSettings.domain.memory)
      : parseSize(`annotations.${prefix}memory`, wanted.memory);
  const maxmem = wanted.maxmem === undefined ? memory : parseSize(`annotations.${prefix}maxmem`, wanted.maxmem);
  const { quota, period = 100_000 } = cpu ?? {};
  const share = quota !== undefined && quota > 0 && period > 0 ? Math.ceil(quota / period) : undefined;
  const vcpus = wanted.vcpus === undefined ? share : Number(wanted.vcpus);
  const cpus = wanted.cpus ?? (cpu?.cpus ? cpu.cpus : undefined);
  const type = (wanted.type ?? 'auto') as DomainSettings['type'];
  return {
    settings: { ...bareSettings.domain, type, memory, maxmem, vcpus: vcpus ?? 1, cpus },
    given: {
      memory: [limit, wanted.memory, wanted.maxmem].some((each) => each !== undefined),
      vcpus: vcpus !== undefined,
      cpus: cpus !== undefined,
    },
  };
}

/** A limit of more than any machine has is none; one that is no whole number of MiB leaves the rest unused. */
function limitedMemory(limit: number | undefined): number | undefined {
  if (limit === undefined || limit <= 0 || limit >= 2 ** 60) return undefined;
  return Math.max(Math.floor(limit / MiB), 1) * MiB;
}

function volume(
  { destination, source, type, options = [] }: OciMount,
  bundle: string,
  leftOut: string[],
): VolumeSetting[] {
  const isBind = type === 'bind' || options.includes('bind') || options.includes('rbind');
  if (!isBind) {
    if (type !== undefined && own.has(type)) {
      leftOut.push(`mounts: ${type} at ${destination}: a domain has its own, or none`);
      return [];
    }
    throw new UserError(`config.json: mounts: ${destination}: lwd cannot mount ${JSON.stringify(type ?? '')}`, {
      exit: 'cannotCreate',
      next: ['mount it on this machine, and give the domain a bind mount of it'],
    });
  }
  if (source === undefined || source === '') {
    throw new UserError(`config.json: mounts: ${destination}: a bind mount without a source`);
  }
  const target = posix.normalize(posix.join('/', destination)).replace(/(?<=.)\/$/, '');
  if (/^\/(?:dev|proc|sys)(?:\/|$)/.test(target)) {
    leftOut.push(`mounts: ${destination}: a domain has its own devices`);
    return [];
  }
  return [{ source: posix.resolve(bundle, source), target, readonly: options.includes('ro') }];
}

/** As lwd.yaml has them: with a range of addresses each container of a job gets one of its own (xl/ranks.ts). */
function cards({ bridge, ip }: Partial<Record<Annotation, string>>): NetworkSetting[] {
  if (bridge === undefined && ip === undefined) return [];
  return [{ bridge: bridge ?? 'xenbr0', ip: ip ?? 'dhcp', gateway: undefined, dns: [], mac: undefined }];
}

/** As other runtimes allow them. Throws UserError. */
export function checkId(id: string): void {
  if (/^[A-Za-z0-9_+.-]{1,1024}$/.test(id) && id !== '.' && id !== '..') return;
  throw new UserError(`${JSON.stringify(id.slice(0, 80))} cannot be a container's id`, {
    exit: 'usage',
    next: ['use letters, digits and _ + - .'],
  });
}

/** The domain's name: the id, if a domain can be called so, else what nobody else's id comes to. */
export function domainName(id: string): string {
  const name = `oci-${id}`;
  if (/^[A-Za-z0-9._-]+$/.test(name) && name.length <= 63) return name;
  const digest = createHash('sha256').update(id).digest('hex').slice(0, 16);
  return `oci-${id.replaceAll(/[^A-Za-z0-9._-]/g, '-').slice(0, 40)}.${digest}`;
}
