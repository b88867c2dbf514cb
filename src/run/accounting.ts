/**
 * The accounts of domains: what each had used when it ended, for who reads along in a job, and as a line of JSON in the file that
 * LWD_ACCOUNTING names. Figures are Xen's; nothing of them is the guest's word.
 */
import { hostname } from 'node:os';
import type { BatchRecord } from '../batch/job-name.js';
import type { Host } from '../host/host.js';
import type { Output } from '../report/output.js';
import { wallSeconds, wallText } from '../sys/clock.js';
import { appendText } from '../sys/fs.js';
import { outcomeText } from '../xl/facts/outcome.js';
import type { Used } from '../xl/facts/usage.js';
import type { TakenDown } from '../xl/life/takedown.js';
import { type FencedDomain, fencedDomains, forgetFenced } from '../xl/script/fenced.js';
import { expandPattern } from './output-pattern.js';

export interface Account {
  host: string;
  name: string;
  uuid: string;
  batch: BatchRecord | undefined;
  /** How it ended, in a word: "exited(0)". */
  state: string;
  /** Of the command that stayed with it; undefined if none did. */
  status: number | undefined;
  /** Who ended it, if it did not by itself. */
  endedBy: string | undefined;
  /** That it was there. */
  seconds: number;
  /** undefined if nobody knows. */
  used: Used | undefined;
  /** MiB that it could have had at the most; undefined if nobody knows any more. */
  maxMemory?: number | undefined;
}

/** Of one that was taken down: by whom, in a word. That somebody stayed with it is not known, who has then an account of it too. */
export function accountOfTaken({ domain, outcome, host }: TakenDown & { host: string }, endedBy: string): Account {
  const { name, uuid, record, cpuTime, memory, vcpus } = domain;
  return {
    ...{ host, name, uuid, batch: record?.batch, state: outcomeText(outcome), status: undefined, endedBy },
    seconds: record === undefined ? 0 : Math.max(0, wallSeconds() - record.started),
    used: { cpuSeconds: cpuTime, memory, vcpus },
  };
}

/** Of one that its lease has ended, and nobody stayed with. */
export function accountOfFenced({ name, uuid, ended, used, record }: FencedDomain, host: string): Account {
  return {
    ...{ host, name, uuid, batch: record?.batch, state: 'destroyed', status: undefined, endedBy: 'lease', used },
    seconds: record === undefined ? 0 : Math.max(0, ended - record.started),
    maxMemory: record?.most,
  };
}

/** Accounts of all on this host that their leases have ended, and that are meant, if somebody wants to know. */
export async function accountForFenced(
  host: Host,
  isMeant: (batch: BatchRecord | undefined) => boolean,
  output: Output,
): Promise<void> {
  if (accountsFile() === undefined) return;
  const fenced = await fencedDomains(host, isMeant);
  for (const domain of fenced) await keepAccount(accountOfFenced(domain, host.name), output);
  await forgetFenced(host, fenced);
}

/** Whether somebody wants to know what a domain has used: to look costs a process in dom0. */
export function isAccounted(batch: BatchRecord | undefined, output: Pick<Output, 'json'>): boolean {
  return batch !== undefined || output.json || accountsFile() !== undefined;
}

/** "lwd-4-0-0: exited(0) after 12.3 s, 11.9 s of CPU time, 47 MiB" */
export function accountText({ name, state, seconds, used }: Account): string {
  const time = `${name}: ${state} after ${seconds.toFixed(1)} s`;
  return used === undefined ? time : `${time}, ${used.cpuSeconds.toFixed(1)} s of CPU time, ${used.memory} MiB`;
}

/** The file's line, without its end. */
export function accountLine({ used, batch, seconds, maxMemory, ...own }: Account, time: string): string {
  const { cpuSeconds, vcpus, memory } = used ?? {};
  const { status, endedBy } = own;
  const line = { v: 1, time, ...own, status: status ?? null, endedBy: endedBy ?? null, ...batch };
  return JSON.stringify({
    ...line,
    seconds: Number(seconds.toFixed(3)),
    cpuSeconds,
    vcpus,
    memoryMiB: memory,
    maxMemoryMiB: maxMemory,
  });
}

/** Keeps the account, if a file was named. What cannot be written is told, and changes no status. */
export async function keepAccount(account: Account, output: Output): Promise<void> {
  const pattern = accountsFile();
  if (pattern === undefined) return;
  const { name, batch } = account;
  const [machine = 'unknown'] = hostname().split('.');
  const { rank, restart } = batch ?? { rank: 0, restart: 0 };
  const values = { name, machine, job: batch?.job ?? String(process.pid), rank, restart };
  try {
    await appendText(expandPattern('LWD_ACCOUNTING', pattern, values), `${accountLine(account, wallText())}\n`);
  } catch (error) {
    output.warn(`${name} is in no account: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function accountsFile(): string | undefined {
  return process.env.LWD_ACCOUNTING || undefined;
}
