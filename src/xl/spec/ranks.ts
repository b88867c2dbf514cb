/**
 * What each of several like domains is told of itself and the others: its number, how many there are, and where they are, if
 * lwd.yaml has a range of addresses for them. Everybody can work it out alone, so that nobody waits for anybody. Pure.
 */
import type { NetworkSetting } from '../../config/model.js';
import { UserError } from '../../errors.js';
import type { DomainWish } from './spec.js';

export interface Place {
  /** From 0. */
  rank: number;
  size: number;
}

/** The wish as that of one of them. What the environment says already is left as it is. */
export function atPlace(wish: DomainWish, place: Place): DomainWish {
  const { rank, size } = place;
  const peers = addressesOfAll(wish.network, size);
  const told = { LWD_RANK: String(rank), LWD_SIZE: String(size), ...(peers && { LWD_PEERS: peers.join(',') }) };
  return { ...wish, network: networkAt(wish.network, place), env: { ...told, ...wish.env } };
}

/** The cards, each with its one address. Throws UserError if there are fewer addresses than domains. */
export function networkAt(network: readonly NetworkSetting[], { rank, size }: Place): NetworkSetting[] {
  return network.map((card) => {
    const range = parseRange(card.ip);
    return range === undefined ? card : { ...card, ip: `${addressIn(range, rank, size)}/${range.prefix}` };
  });
}

/** Those on the first card that has a range, in the order of ranks. */
function addressesOfAll(network: readonly NetworkSetting[], size: number): string[] | undefined {
  const range = network.map(({ ip }) => parseRange(ip)).find((found) => found !== undefined);
  return range && Array.from({ length: size }, (_, rank) => addressIn(range, rank, size));
}

interface Range {
  text: string;
  first: number;
  last: number;
  prefix: string;
}

/** "10.0.0.5-10.0.0.99/24"; undefined for anything else. */
function parseRange(text: string): Range | undefined {
  const [, first, last, prefix = ''] = /^([\d.]+)-([\d.]+)\/(\d+)$/.exec(text) ?? [];
  return first === undefined || last === undefined
    ? undefined
    : { text, first: numberOf(first), last: numberOf(last), prefix };
}

function addressIn({ text, first, last }: Range, rank: number, size: number): string {
  const count = Math.max(0, last - first + 1);
  if (size <= count) return textOf(first + rank);
  throw new UserError(`network: ${text} has ${count} addresses for ${size} domains`, {
    next: ['give a range with one for each of them'],
  });
}

function numberOf(address: string): number {
  return address.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0);
}

function textOf(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.');
}
