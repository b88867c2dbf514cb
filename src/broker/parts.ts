/** What the broker works with, and one caller's case. */
import type { Host } from '../host/host.js';
import type { Dom0Program } from '../toolchain/dom0-program.js';
import { ownerOf } from '../xl/facts/domain-record.js';
import type { Audit, AuditEntry } from './audit.js';
import type { Caller } from './caller.js';
import type { Connection } from './connection.js';
import type { ImageStore } from './image-store.js';
import type { Rule } from './policy.js';

export interface BrokerParts {
  host: Host;
  images: ImageStore;
  audit: Audit;
  /** Asked for when a domain has volumes. */
  volumeServer(): Promise<Dom0Program>;
  processChannel(): Promise<Dom0Program>;
  /** Asked for when a disk is a file. */
  diskAttacher(): Promise<Dom0Program>;
  /** Aborted: the broker is to end. Domains go on. */
  over: AbortSignal;
}

export interface Case {
  connection: Connection;
  caller: Caller;
  rule: Rule;
}

/** Says no, for the log first. */
export async function refuse(
  { audit }: BrokerParts,
  { connection, caller }: Case,
  entry: Omit<AuditEntry, 'decision'>,
): Promise<void> {
  await audit(caller, { ...entry, decision: 'refused' });
  connection.refuse(`lwd's broker refuses it: ${entry.why}`);
}

/** Root sees to all of them. */
export function owns(uid: number, uuid: string): boolean {
  return uid === 0 || ownerOf(uuid) === uid;
}
