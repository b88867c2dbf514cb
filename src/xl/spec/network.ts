/**
 * Network cards as xl's `vif` devices, what the guest is told of each (kernel/net/settings.h), and ports of this machine
 * that lead to the domain. Pure.
 */
import { isIPv4 } from 'node:net';
import type { NetworkSetting } from '../../config/model.js';
import { UserError } from '../../errors.js';
import type { TcpAddress } from '../../sys/relay.js';

/** A port of this machine, and the domain's port behind it. */
export interface PublishedPort {
  listen: TcpAddress;
  port: number;
}

/** Throws UserError. In a device's text a comma ends a field, and "script=" would be run. */
export function checkNetwork(network: readonly NetworkSetting[]): readonly NetworkSetting[] {
  for (const { bridge, mac } of network) {
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,14}$/.test(bridge)) {
      throw new UserError(`network: "${bridge}" is no bridge's name`, { next: ['for example: bridge: xenbr0'] });
    }
    if (mac !== undefined && !/^([0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}$/.test(mac)) {
      throw new UserError(`network: "${mac}" is no hardware address`, {
        next: ['for example: mac: 00:16:3e:01:02:03'],
      });
    }
  }
  return network;
}

/** The device in xl's syntax. */
export function networkDeviceText({ bridge, mac }: NetworkSetting): string {
  return [`bridge=${bridge}`, ...(mac === undefined ? [] : [`mac=${mac}`])].join(',');
}

/** LWD_NETWORK_0 and so on; nothing for a card that asks by DHCP, as all do that are told nothing. */
export function networkEnvironment(network: readonly NetworkSetting[]): Record<string, string> {
  const entries: Record<string, string> = {};
  for (const [index, { ip, gateway, dns }] of network.entries()) {
    const words = [
      ...(ip === 'dhcp' ? [] : [`ip=${ip}`]),
      ...(gateway === undefined ? [] : [`gateway=${gateway}`]),
      ...(dns.length === 0 ? [] : [`dns=${dns.join('+')}`]),
    ];
    if (words.length > 0) entries[`LWD_NETWORK_${index}`] = words.join(',');
  }
  return entries;
}

/** `--publish [ADDRESS:]PORT:DOMAIN-PORT`; without an address only this machine can use it. Throws UserError. */
export function parsePublish(text: string): PublishedPort {
  const match = /^(?:([0-9.]+):)?([0-9]{1,5}):([0-9]{1,5})$/.exec(text);
  const address = match?.[1] ?? '127.0.0.1';
  const [listen, port] = [Number(match?.[2]), Number(match?.[3])];
  const isPort = (value: number) => value >= 1 && value <= 65535;
  if (match === null || !isIPv4(address) || !isPort(listen) || !isPort(port)) {
    throw new UserError(`--publish: "${text}" is not [ADDRESS:]PORT:DOMAIN-PORT`, {
      exit: 'usage',
      next: ['for example: --publish 8080:80   or   --publish 127.0.0.1:8080:80'],
    });
  }
  return { listen: { address, port: listen }, port };
}

/** The domain's address where lwd.yaml fixes it; undefined if it asks for one. */
export function fixedAddress(network: readonly NetworkSetting[]): string | undefined {
  const ip = network[0]?.ip;
  return ip === undefined || ip === 'dhcp' ? undefined : ip.split('/')[0];
}
