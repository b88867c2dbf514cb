/**
 * Which hosts a command works on: the --host flag, else LWD_HOST, else lwd.yaml, else this machine if it is a dom0, else
 * the embedded one. Each of these may be a list of addresses and of names from `hosts:` (config/hosts.ts).
 */
import type { ResolvedHost } from '../config/hosts.js';
import { UserError } from '../errors.js';
import { exists } from '../sys/fs.js';
import { BrokerHost, standardSocket } from './broker/broker-host.js';
import { EmbeddedHost } from './embedded/embedded.js';
import { isEmbedded } from './embedded/name.js';
import type { Host, HostProgress } from './host.js';
import { isControlDomain, LocalHost } from './local.js';
import { sshHost } from './ssh.js';

export interface HostWish {
  /** --host */
  flag?: string | undefined;
  /** `host:` in lwd.yaml */
  project?: string | undefined;
  /** Where lwd.yaml is looked for, if names have to be; the current folder if not given. */
  directory?: string | undefined;
}

export interface ChosenHosts {
  /** At least one. */
  hosts: ResolvedHost[];
  /** What settled it. */
  because: string;
}

/** The hosts' names and addresses, and what settled them. Pure but for the last resort, and for names to be looked up. */
export async function chooseHostNames(wish: HostWish): Promise<ChosenHosts> {
  const asked: [string | undefined, string][] = [
    [wish.flag, '--host'],
    [process.env.LWD_HOST, 'LWD_HOST'],
    [wish.project, 'lwd.yaml'],
  ];
  for (const [text, because] of asked) {
    if (text) return { hosts: await resolve(text, because, wish.directory), because };
  }
  const [name, because] = process.env.LWD_BROKER
    ? ['local', 'LWD_BROKER']
    : (await isControlDomain())
      ? ['local', 'this is a Xen control domain']
      : ['embedded', 'there is no Xen here'];
  return { hosts: [{ name, address: name }], because };
}

async function resolve(text: string, because: string, directory: string | undefined): Promise<ResolvedHost[]> {
  const words = text.split(',').map((word) => word.trim());
  const [first = ''] = words;
  // A host of a fixed name needs no reader of YAML, which takes longer to load than a command has.
  if (words.length === 1 && isOwnName(first)) return [{ name: first, address: first }];
  const { readHostTable, resolveHosts } = await import('../config/hosts.js');
  return resolveHosts(words, await readHostTable(directory), because);
}

function isOwnName(word: string): boolean {
  return word === 'local' || isEmbedded(word) || word.startsWith('ssh://');
}

/** The host's name and address, and what settled it. Throws UserError if several are named. */
export async function chooseHostName(wish: HostWish): Promise<ResolvedHost & { because: string }> {
  const { hosts, because } = await chooseHostNames(wish);
  const [host, ...others] = hosts;
  if (host === undefined || others.length > 0) throw several(hosts, because);
  return { ...host, because };
}

/** Makes the host object. Nothing is started or connected before its first use; `signal` breaks off a start. */
export async function chooseHost(wish: HostWish, progress?: HostProgress, signal?: AbortSignal): Promise<Host> {
  const { because, ...host } = await chooseHostName(wish);
  return makeHost(host, because, progress, signal);
}

/** The same for each of those that are named. */
export async function chooseHosts(wish: HostWish, progress?: HostProgress, signal?: AbortSignal): Promise<Host[]> {
  const { hosts, because } = await chooseHostNames(wish);
  const tell = (name: string): HostProgress | undefined =>
    progress && hosts.length > 1 ? (message) => progress(`${name}: ${message}`) : progress;
  return hosts.map((host) => makeHost(host, because, tell(host.name), signal));
}

export function makeHost(
  { name, address }: ResolvedHost,
  because: string,
  progress?: HostProgress,
  signal?: AbortSignal,
): Host {
  if (address === 'local') return localHost();
  if (isEmbedded(address)) return new EmbeddedHost(address, progress, signal, name);
  if (address.startsWith('ssh://')) return sshHost(address, name);
  throw new UserError(`${because}: "${address}" is no host`, {
    next: ['allowed are: local, embedded, embedded:NAME, embedded-icount, ssh://user@node[:port], names of `hosts:`'],
  });
}

/** This dom0 as it is for root, or through the broker for those who may not use xl, if there is one. */
function localHost(): Host {
  const asked = process.env.LWD_BROKER;
  if (asked) return new BrokerHost(asked);
  const isRoot = process.geteuid?.() === 0;
  return isRoot || !exists(standardSocket) ? new LocalHost() : new BrokerHost(standardSocket);
}

function several(hosts: readonly ResolvedHost[], because: string): UserError {
  return new UserError(`${because} names ${hosts.length} hosts, and this takes one`, {
    exit: 'usage',
    next: [`name one of them: --host ${hosts[0]?.name}`, `they are: ${hosts.map(({ name }) => name).join(', ')}`],
  });
}
