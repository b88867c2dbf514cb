/**
 * Which host a command works on: the --host flag, else LWD_HOST, else lwd.yaml, else this machine if it is a dom0, else
 * the embedded one.
 */
import { UserError } from '../errors.js';
import { EmbeddedHost } from './embedded/embedded.js';
import type { Host, HostProgress } from './host.js';
import { isControlDomain, LocalHost } from './local.js';
import { sshHost } from './ssh.js';

export interface HostWish {
  /** --host */
  flag?: string | undefined;
  /** `host:` in lwd.yaml */
  project?: string | undefined;
}

/** The host's name, and what settled it. Pure but for the last resort. */
export async function chooseHostName(wish: HostWish): Promise<{ name: string; because: string }> {
  const asked: [string | undefined, string][] = [
    [wish.flag, '--host'],
    [process.env.LWD_HOST, 'LWD_HOST'],
    [wish.project, 'lwd.yaml'],
  ];
  for (const [name, because] of asked) if (name) return { name, because };
  return (await isControlDomain())
    ? { name: 'local', because: 'this is a Xen control domain' }
    : { name: 'embedded', because: 'there is no Xen here' };
}

/** Makes the host object. Nothing is started or connected before its first use; `signal` breaks off a start. */
export async function chooseHost(wish: HostWish, progress?: HostProgress, signal?: AbortSignal): Promise<Host> {
  const { name, because } = await chooseHostName(wish);
  if (name === 'local') return new LocalHost();
  if (name === 'embedded' || name === 'embedded-icount') return new EmbeddedHost(name, progress, signal);
  if (name.startsWith('ssh://')) return sshHost(name);
  throw new UserError(`${because}: "${name}" is no host`, {
    next: ['allowed are: local, embedded, embedded-icount, ssh://user@node[:port]'],
  });
}
