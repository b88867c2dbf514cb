/**
 * Choosing CPUs while other lwds choose too (claim.ts): choose, claim, look what others have, and give way or wait where they
 * have the same, until they do not or patience is over.
 */
import { HostError, UserError } from '../../errors.js';
import type { Host } from '../../host/host.js';
import { monotonic, sleep } from '../../sys/clock.js';
import { cpuList } from '../facts/topology.js';
import { parsePlacements } from '../observed/status.js';
import { occupied } from './choose-cpus.js';
import type { Claim } from './claim.js';

/** Milliseconds. Others have their domains there long before, unless something is the matter with them. */
export const defaultPatience = 60_000;
/** The longest wait between two looks. */
const longestPause = 1000;

/** What is in a look (claim.ts) under a heading. */
export function partOfLook(text: string, name: string): string {
  return text.split(`--- ${name}\n`)[1]?.split(/^--- (?!cpus)/m)[0] ?? '';
}

export interface Patience {
  /** Milliseconds. */
  patience: number;
  /** Ends the search at once. */
  signal: AbortSignal | undefined;
}

interface OtherClaim {
  /** Whoever made it goes before us. */
  first: boolean;
  /** In xl's syntax. */
  cpus: string;
}

export function parseClaims(text: string): OtherClaim[] {
  const lines = partOfLook(text, 'claims').matchAll(/^(before|after) (\S+)$/gm);
  return [...lines].map(([, order, cpus = '']) => ({ first: order === 'before', cpus }));
}

/**
 * `choose` is given what there is, and throws if that does not do. What it chose is claimed when this comes back. Throws what it
 * threw, unless others have claims, which may be over in a moment; or HostError if patience is over.
 */
export async function chooseTogether<Chosen extends { cpus: readonly number[] }>(
  claim: Claim,
  choose: (look: string) => Chosen,
  { patience, signal }: Patience,
  host: Pick<Host, 'name'>,
): Promise<Chosen> {
  const began = monotonic();
  const isOver = () => monotonic() - began > patience;
  let look = await claim.first();
  for (;;) {
    const chosen = chosenIn(look, choose, isOver());
    if (chosen !== undefined && (await holds(claim, chosen.cpus, isOver, signal))) return chosen;
    if (isOver()) throw tooLong(host.name, patience);
    // Who gives way comes back when the other's domains are likely to be there, and not when all others do.
    look = await claim.stepBack(Math.random() * longestPause, signal);
  }
}

/** undefined if it may do later. */
function chosenIn<Chosen>(look: string, choose: (look: string) => Chosen, isOver: boolean): Chosen | undefined {
  try {
    return choose(look);
  } catch (error) {
    const claims = parseClaims(look);
    if (claims.length === 0 || !(error instanceof UserError)) throw error;
    if (!isOver) return undefined;
    const cpus = claims.map((other) => other.cpus).join(', ');
    error.next.unshift(`other lwds have had CPUs ${cpus} for domains that are not there yet: begin again`);
    throw error;
  }
}

/** Claims them. False: somebody else has some of them, who goes before us or has a domain there. */
async function holds(
  claim: Claim,
  cpus: readonly number[],
  isOver: () => boolean,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  for (;;) {
    const text = await claim.claim(cpuList(cpus));
    const first = parseClaims(text).filter((other) => other.first);
    const later = parseClaims(text).filter((other) => !other.first);
    const domains = parsePlacements(partOfLook(text, 'vcpus'));
    const isIn = (taken: ReadonlySet<number>) => cpus.some((cpu) => taken.has(cpu));
    if (isIn(occupied(domains).taken) || isIn(cpusOf(first))) return false;
    if (!isIn(cpusOf(later))) return true;
    if (isOver()) return false;
    await sleep(Math.random() * longestPause, signal);
  }
}

function cpusOf(claims: readonly OtherClaim[]): Set<number> {
  const places = claims.map(({ cpus }) => [{ vcpu: 0, cpu: undefined, hard: cpus, soft: 'all' }]);
  return occupied(new Map(places.entries())).taken;
}

function tooLong(host: string, patience: number): HostError {
  const seconds = Math.round(patience / 1000);
  return new HostError(
    `other lwds have chosen the same CPUs of ${host} as this one, again and again for ${seconds} s`,
    {
      exit: 'noResources',
      next: ['begin again, with more --timeout if you gave one', 'or say which CPUs: --cpus LIST'],
    },
  );
}
