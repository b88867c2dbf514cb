/**
 * What lwd itself keeps of a domain, in the domain's own part of xenstore, where the guest may read and not write: enough
 * for a second terminal. And how lwd's domains are known from others: by their UUID, which is set with the domain's
 * creation in one step, so there is no moment at which a domain of lwd's is not known as one. Pure but for
 * `newUuid` and `ownName`.
 */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { type BatchRecord, parseBatchRecord } from '../../batch/job-name.js';
import { encodeValue } from './store-text.js';

/** How the names of shells begin (shell.ts), and nobody else's. */
export const shellNames = 'lwd-shell-';

/** Whether a domain is a shell: who claims one renames it in the same moment. */
export function isShellName(name: string): boolean {
  return name.startsWith(shellNames);
}

/** "lwd" and NUL, in ASCII. The rest of the UUID is random; version 8 is the one free for such use (RFC 9562). */
export const uuidPrefix = '6c776400-';

/** In the UUIDs of domains that the broker made: "own" where others have chance. Whose they are stands at the end. */
const ownedMark = '6f77-86e0-';

/** `owner`: the user for whom a broker is to make the domain. Whose a domain is can then be seen from its first moment on. */
export function newUuid(owner?: number): string {
  const hex = randomBytes(12).toString('hex');
  const variant = '89ab'[Number.parseInt(hex[7] ?? '0', 16) % 4];
  const [middle, end] = [`${variant}${hex.slice(8, 11)}`, hex.slice(11, 23)];
  if (owner !== undefined) {
    return `${uuidPrefix}${ownedMark}${middle}-${end.slice(0, 4)}${owner.toString(16).padStart(8, '0')}`;
  }
  const uuid = `${uuidPrefix}${hex.slice(0, 4)}-8${hex.slice(4, 7)}-${middle}-${end}`;
  return ownerOf(uuid) === undefined ? uuid : newUuid();
}

/** The user for whom a broker made the domain; undefined for one that is root's. Xen holds the UUID, out of the guest's reach. */
export function ownerOf(uuid: string): number | undefined {
  if (!uuid.startsWith(uuidPrefix + ownedMark)) return undefined;
  return Number.parseInt(uuid.slice(-8), 16);
}

/** How this lwd is called in the records of what it makes. */
export function ownName(): string {
  return `${process.env.USER ?? process.getuid?.() ?? 'unknown'}@${hostname()}:${process.pid}`;
}

export interface DomainRecord {
  /** Digest of the kernel image. */
  image: string;
  /** Path on the machine that started the domain, or undefined. */
  symbols: string | undefined;
  /** Who started it: user@machine:process */
  owner: string;
  /** xenconsoled's log, a path in dom0. */
  log: string;
  /** Seconds since 1970 by the starter's clock. */
  started: number;
  /** Of several that were started as one: their common name. */
  group?: string | undefined;
  /** The CPUs that lwd chose, and why. */
  placement?: string | undefined;
  /** The pool that was made for it alone. */
  pool?: string | undefined;
  /** Its kernel is not lwd's. */
  foreign?: true | undefined;
  /** MiB that it can grow to, of a domain that a broker made: what its owner has of his share. */
  most?: number | undefined;
  /** The job that it is a task of. */
  batch?: BatchRecord | undefined;
  /** It is, or was, a shell: how its name began (shell.ts). */
  shell?: string | undefined;
}

const longestPath = 1024;

/** As xenstore-write takes it. */
export function recordText(record: DomainRecord): string {
  const { symbols, ...rest } = record;
  const kept = symbols !== undefined && symbols.length <= longestPath ? { symbols } : {};
  return encodeValue(JSON.stringify({ v: 1, ...rest, ...kept }));
}

/**
 * Where the domain's part of its log begins: the run script, which knows, puts that in front of the record. 0 if it is not there.
 */
export function parseOffset(text: string | undefined): number {
  return Number(/^\{"offset":(\d{1,15}),/.exec(text ?? '')?.[1] ?? 0);
}

/** undefined if the text is no record of a version that this lwd knows. */
export function parseRecord(text: string | undefined): DomainRecord | undefined {
  const value = parseJson(text);
  if (typeof value !== 'object' || value === null) return undefined;
  const { v, image, symbols, owner, log, started, group, placement, pool, most, batch, foreign, shell } =
    value as Record<string, unknown>;
  if (v !== 1 || typeof image !== 'string' || typeof log !== 'string') return undefined;
  return {
    image,
    symbols: typeof symbols === 'string' ? symbols : undefined,
    owner: typeof owner === 'string' ? owner : 'unknown',
    log,
    started: typeof started === 'number' ? started : 0,
    ...(typeof group === 'string' ? { group } : {}),
    ...(foreign === true ? { foreign } : {}),
    ...(typeof placement === 'string' ? { placement } : {}),
    ...(typeof pool === 'string' ? { pool } : {}),
    ...(typeof most === 'number' ? { most } : {}),
    ...(typeof shell === 'string' ? { shell } : {}),
    ...optional('batch', parseBatchRecord(batch)),
  };
}

function optional<Key extends string, Value>(key: Key, value: Value | undefined): { [K in Key]?: Value } {
  return value === undefined ? {} : ({ [key]: value } as { [K in Key]?: Value });
}

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}
