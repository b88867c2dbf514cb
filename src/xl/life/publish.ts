/**
 * Ports of this machine that lead to a domain, while `up` runs. A domain that asks for its address says which one it got
 * in data/lwd/network/N, which is the guest's to write: it is taken for an address and nothing else.
 */
import { isIPv4 } from 'node:net';
import { UserError } from '../../errors.js';
import type { Forwarding, Host } from '../../host/host.js';
import { parseStoreListing } from '../facts/store-text.js';
import { fixedAddress, type PublishedPort } from '../spec/network.js';
import type { DomainWish } from '../spec/spec.js';

/** Asks some times a second, for five minutes, until the domain is there and has an address. */
const askScript = `
i=0
while [ $i -lt 1500 ]; do
  id=$(xl domid "$1" 2>/dev/null) &&
    xenstore-read "/local/domain/$id/data/lwd/network/0" 2>/dev/null && exit 0
  sleep 0.2
  i=$((i + 1))
done
exit 1`;

/** Leads the ports to the domain as soon as it has an address; the result ends that. Problems go to `warn`. */
export function publishPorts(
  host: Host,
  wish: Pick<DomainWish, 'name' | 'network'>,
  ports: readonly PublishedPort[],
  warn: (text: string) => void,
): { close(): Promise<void> } {
  const ended = new AbortController();
  const forwardings: Forwarding[] = [];
  const work = async () => {
    const address = fixedAddress(wish.network) ?? (await askAddress(host, wish.name, ended.signal));
    if (address === undefined || ended.signal.aborted) return;
    for (const { listen, port } of ports) forwardings.push(await host.forward(listen, { address, port }));
  };
  const working = work().catch((error: unknown) => {
    if (!ended.signal.aborted) warn(`--publish: ${error instanceof Error ? error.message : String(error)}`);
  });
  return {
    async close() {
      ended.abort();
      await working;
      for (const forwarding of forwardings) await forwarding.close();
    },
  };
}

/** The IPv4 addresses that a running domain says its cards have, in their order. */
export async function addressesOf(host: Host, id: number): Promise<string[]> {
  const folder = `/local/domain/${id}/data/lwd/network`;
  const listed = await host.exec(['xenstore-ls', '-f', folder], { timeout: 60_000 });
  const nodes = listed.exitCode === 0 ? parseStoreListing(listed.stdout) : new Map<string, string>();
  const addresses = [0, 1, 2, 3, 4, 5, 6, 7].map((card) => nodes.get(`${folder}/${card}`) ?? '');
  return addresses.filter((address) => isIPv4(address));
}

async function askAddress(host: Host, name: string, signal: AbortSignal): Promise<string | undefined> {
  const asked = await host.script(askScript, [name], { timeout: 360_000, signal, shielded: true });
  const address = asked.stdout.trim();
  return asked.exitCode === 0 && isIPv4(address) ? address : undefined;
}

/**
 * Throws UserError for ports of a domain that has no network card, or that nobody would keep open: lwd itself carries the
 * bytes, and leaves no process behind.
 */
export function checkPublish(wish: DomainWish, ports: readonly PublishedPort[], detached: boolean): void {
  if (ports.length === 0) return;
  if (detached) {
    throw new UserError('--publish: a detached domain has nobody who keeps the port open: lwd does, while it waits', {
      exit: 'usage',
      next: ['lwd up --publish … without --detach, in the background: lwd up --publish 8080:80 &'],
    });
  }
  if (wish.network.length > 0) return;
  throw new UserError('--publish: the domain has no network card', {
    next: ['add to lwd.yaml: network: [{bridge: xenbr0}]'],
  });
}
