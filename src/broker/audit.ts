/** The audit log: a line of JSON for each request and what was decided of it, written before anything is done. */
import { wallText } from '../sys/clock.js';
import { appendText } from '../sys/fs.js';
import type { Caller } from './caller.js';

export interface AuditEntry {
  request: string;
  decision: 'allowed' | 'refused';
  /** Why it was refused. */
  why?: string;
  /** Names of domains. */
  domains?: readonly string[];
  /** What is asked for, in short. */
  what?: Record<string, unknown>;
}

const longestText = 200;

export type Audit = (caller: Caller, entry: AuditEntry) => Promise<void>;

/** Rejects if the line cannot be written: nothing is to be done then. */
export function auditTo(file: string): Audit {
  return (caller, entry) => appendText(file, auditLine(caller, entry, wallText()), 0o600);
}

export function auditLine({ uid, gid, pid, job }: Caller, entry: AuditEntry, time: string): string {
  const { request, decision, why, domains, what } = entry;
  const line = { time, uid, gid, pid, job, request, decision, why, domains: domains?.slice(0, 64), what };
  // A caller's text is cut, and what would end a line is escaped.
  const cut = (_: string, value: unknown) => (typeof value === 'string' ? value.slice(0, longestText) : value);
  return `${JSON.stringify(line, cut)}\n`;
}
