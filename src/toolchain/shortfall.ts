/**
 * The truth about POSIX at link time: which calls that are refused or faked a linked program can reach, and by way of whom. What
 * is so is said beside the kernel's source (kernel/posix/shortfall.h) and stands in the image's unstripped form.
 */
import { UserError } from '../errors.js';
import { readBytes } from '../sys/fs.js';
import { type ImageNode, type LinkedImage, readLinkedImage } from './linked-image.js';
import { privatePrefix } from './namespace-plan.js';

export interface Shortfall {
  /** The call, by its usual name. */
  call: string;
  /** The errno that it always fails with, or "fake". */
  kind: string;
  why: string;
  /** From the program's beginning to the call, both included: a shortest way. Functions, and tables that name functions. */
  chain: string[];
}

/** `symbols` is the unstripped ELF. Throws a UserError if it was linked without what is needed. */
export async function findShortfalls(symbols: string): Promise<Shortfall[]> {
  const bytes = await readBytes(symbols);
  if (bytes === undefined) throw new UserError(`${symbols} is gone`, { next: ['lwd clean && lwd build'] });
  const image = readLinkedImage(bytes);
  if (!image.nodes.some(({ refers }) => refers.size > 0)) {
    throw new UserError(`${symbols} does not say what calls what: it was not linked by lwd, or was stripped`, {
      exit: 'buildFailed',
      next: ['have the build keep symbols: no -s, no strip'],
    });
  }
  return shortfallsOf(image);
}

/** For `posix: strict`: throws a UserError that names each of them, if there is any. */
export function refuseShortfalls(shortfalls: readonly Shortfall[]): void {
  if (shortfalls.length === 0) return;
  const lines = shortfalls.map(
    ({ call, kind, why, chain }) => `  ${call} (${kind}: ${why}), by ${chain.slice(0, -1).join(' > ')}`,
  );
  throw new UserError(['the program can reach calls that a domain cannot do:', ...lines].join('\n'), {
    exit: 'buildFailed',
    next: ['keep them out of the program, or take "posix: strict" out of lwd.yaml'],
  });
}

/** Pure: sorted by kind and name. */
export function shortfallsOf(image: LinkedImage): Shortfall[] {
  const notes = readNotes(image.section('.lwd.posix') ?? new Uint8Array());
  const from = waysFromStart(image.nodes);
  const found: Shortfall[] = [];
  for (const node of from.keys()) {
    const call = namesOf(node).find((name) => notes.has(name));
    const note = call === undefined ? undefined : notes.get(call);
    if (call !== undefined && note !== undefined) found.push({ call, ...note, chain: chainTo(node, from) });
  }
  const order = (shortfall: Shortfall) => `${shortfall.kind === 'fake' ? 1 : 0} ${shortfall.call}`;
  return found.sort((a, b) => (order(a) < order(b) ? -1 : 1));
}

function namesOf(node: ImageNode): string[] {
  return [node.name, ...node.aliases].map((name) =>
    name.startsWith(privatePrefix) ? name.slice(privatePrefix.length) : name,
  );
}

/** Name, kind and reason of each, one behind the other, each ended by a NUL. */
function readNotes(section: Uint8Array): Map<string, { kind: string; why: string }> {
  const texts = Buffer.from(section).toString('utf8').split('\0');
  const notes = new Map<string, { kind: string; why: string }>();
  for (let at = 0; at + 2 < texts.length; at += 3) {
    notes.set(texts[at] ?? '', { kind: texts[at + 1] ?? '', why: texts[at + 2] ?? '' });
  }
  return notes;
}

/** All that main, and what runs before it, can reach → from where it is reached first. */
function waysFromStart(nodes: readonly ImageNode[]): Map<ImageNode, ImageNode | undefined> {
  const starts = nodes.filter((node) => node.isConstructor || namesOf(node).includes('main'));
  const from = new Map<ImageNode, ImageNode | undefined>(starts.map((node) => [node, undefined]));
  // A Map goes on to what is added while it is gone through: breadth first.
  for (const node of from.keys()) for (const next of node.refers) if (!from.has(next)) from.set(next, node);
  return from;
}

function chainTo(node: ImageNode, from: ReadonlyMap<ImageNode, ImageNode | undefined>): string[] {
  const chain: string[] = [];
  for (let at: ImageNode | undefined = node; at !== undefined; at = from.get(at)) {
    const [name = ''] = namesOf(at);
    chain.unshift(at.isConstructor ? '(before main)' : name);
  }
  return chain;
}
