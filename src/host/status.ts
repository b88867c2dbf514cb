/**
 * How a host is, without changing how it is: the embedded one is not started for being asked.
 */
import type { ResolvedHost } from '../config/hosts.js';
import { chooseHostName, type HostWish, makeHost } from './choose.js';
import { findImage, imageFolder } from './embedded/image.js';
import { findInstance, type Instance, instanceFolder } from './embedded/instance.js';
import { type EmbeddedName, isEmbedded } from './embedded/name.js';
import type { HostCapabilities } from './host.js';

export interface HostStatus {
  name: string;
  /** What chose this host. */
  because: string;
  /** running: xl works there. stopped: the embedded host is built, not started. absent: not even built. */
  state: 'running' | 'stopped' | 'absent';
  capabilities: HostCapabilities | undefined;
  embedded: EmbeddedStatus | undefined;
}

export interface EmbeddedStatus {
  /** Undefined unless running. */
  instance: Instance | undefined;
  /** False if the running one was made from another recipe than this lwd would use. */
  current: boolean;
  /** Where its files are: built ones, and those of the run. */
  image: string | undefined;
  run: string;
  /** Debian packages that the image was built from. */
  packages: Record<string, string>;
  /** A command line that logs in. */
  login: string;
}

/** Of the one host that is meant. Throws HostError if one that is not embedded cannot be reached. */
export async function hostStatus(wish: HostWish): Promise<HostStatus> {
  const { because, ...host } = await chooseHostName(wish);
  return statusOfHost(host, because);
}

/** The same of a host that is chosen already. */
export async function statusOfHost({ name, address }: ResolvedHost, because: string): Promise<HostStatus> {
  if (isEmbedded(address)) return embeddedStatus(address, name, because);
  const host = makeHost({ name, address }, because);
  try {
    return { name, because, state: 'running', capabilities: await host.capabilities(), embedded: undefined };
  } finally {
    await host.close();
  }
}

async function embeddedStatus(place: EmbeddedName, name: string, because: string): Promise<HostStatus> {
  const image = await findImage();
  const instance = await findInstance(place);
  const run = instanceFolder(place);
  return {
    name,
    because,
    state: instance !== undefined ? 'running' : image !== undefined ? 'stopped' : 'absent',
    capabilities: instance?.capabilities,
    embedded: {
      instance,
      current: instance === undefined || instance.image === image?.key,
      image: instance === undefined ? image?.folder : imageFolder(instance.image),
      run,
      packages: image?.packages ?? {},
      login: `ssh -F ${run}/ssh.conf dom0`,
    },
  };
}
