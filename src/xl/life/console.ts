/** A domain's console as it was written: xenconsoled's log, from where the domain's own part begins. */
import { HostError } from '../../errors.js';
import type { Host } from '../../host/host.js';
import { orThrow } from '../../sys/exec.js';
import type { DomainStatus } from '../observed/status.js';
import { followScript } from '../script/status-script.js';
import { ownLog } from './takedown.js';

export interface ConsoleOptions {
  /** Go on until the domain has ended, else show what there is. */
  follow: boolean;
  onConsole(chunk: Uint8Array): void;
  signal: AbortSignal;
}

/** Resolves after the last byte. When `signal` is aborted it resolves early. */
export async function readConsole(host: Host, domain: DomainStatus, options: ConsoleOptions): Promise<void> {
  const log = ownLog(domain);
  if (log === '') {
    throw new HostError(`no log is known of ${domain.name}: its creation was broken off`, {
      exit: 'cannotCreate',
      next: [`remove it: lwd down ${domain.name}`],
    });
  }
  const from = `+${domain.logOffset + 1}`;
  const { onConsole, signal } = options;
  if (options.follow && domain.state !== 'ended') {
    const followed = await host.script(followScript, [from, log, String(domain.id)], {
      timeout: 0,
      signal,
      onStdout: onConsole,
      onStdin: () => {},
    });
    if (!signal.aborted) orThrow(followed, `following the console of ${domain.name}`, host.name);
    return;
  }
  const command: [string, ...string[]] = ['tail', '-c', from, log];
  const result = await host.exec(command, { timeout: 0, signal, onStdout: onConsole });
  if (!signal.aborted) orThrow(result, `reading the console of ${domain.name}`, host.name);
}

/** `xl console`, on this process's terminal, until the user leaves it by Ctrl-]. Gives xl's status. */
export function openConsole(host: Host, domain: DomainStatus): Promise<number> {
  return host.interact(['xl', 'console', String(domain.id)]);
}
