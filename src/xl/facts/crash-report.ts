/**
 * What is known of a crash, in one form whether the guest's kernel reported it on the console (kernel/core/panic.h) or
 * lwd found it by looking into the dead domain (xenctx). Pure; symbols.ts turns addresses into places.
 */
import { printableLine } from '../../sys/printable.js';

/** A thread besides the one that the report is about; only a dead lock has them. */
export interface OtherThread {
  thread: string;
  addresses: bigint[];
}

export interface CrashReport {
  /** One printable line. */
  what: string;
  thread: string | undefined;
  /** "rip" → value, in the order in which they were given; empty if unknown. */
  registers: Map<string, bigint>;
  /** The innermost first. The first is the faulting instruction if `exact`, the others are return addresses. */
  addresses: bigint[];
  exact: boolean;
  others: OtherThread[];
}

/** Of one thread. */
const mostAddresses = 256;
const mostThreads = 64;
/** With what it waits for. */
const longestThread = 120;
const firstLine = 'lwd: crash: ';
const lastLine = 'lwd: end of report';

/** The report that the console's last bytes end with, undefined if they do not. Everything in it is the guest's word. */
export function parseConsoleReport(tail: string): CrashReport | undefined {
  const start = tail.lastIndexOf(`\n${firstLine}`) + 1;
  if (!tail.startsWith(firstLine, start)) return undefined;
  const lines = tail
    .slice(start)
    .split(/\r?\n/)
    .filter((line) => line.startsWith('lwd: '));
  const report: CrashReport = {
    what: printableLine(lines[0]?.slice(firstLine.length) ?? ''),
    thread: undefined,
    registers: new Map(),
    addresses: [],
    exact: false,
    others: [],
  };
  let addresses = report.addresses;
  for (const line of lines.slice(1)) {
    if (line.startsWith(lastLine)) break;
    const address = /^lwd: at 0x([0-9a-f]{1,16})$/.exec(line)?.[1];
    if (address !== undefined && addresses.length < mostAddresses) addresses.push(BigInt(`0x${address}`));
    const thread = printableLine(/^lwd: thread (.+)$/.exec(line)?.[1] ?? '', longestThread);
    if (thread !== '' && report.thread === undefined) {
      report.thread = thread;
    } else if (thread !== '') {
      addresses = [];
      if (report.others.length < mostThreads) report.others.push({ thread, addresses });
    }
    for (const [name, value] of registerPairs(line.slice('lwd: '.length))) report.registers.set(name, value);
  }
  report.exact = report.registers.get('rip') === report.addresses[0] && report.addresses.length > 0;
  return report;
}

/** The Unix signal for a report's first line, where the guest did not get to tell it: an abort unless it says otherwise. */
export function signalOf(what: string): number {
  if (/page fault|general protection|stack (?:overflow|fault)|segment/.test(what)) return 11;
  if (/invalid (?:instruction|opcode)/.test(what)) return 4;
  if (/divi|arithmetic|floating.point/.test(what)) return 8;
  if (/alignment|misaligned/.test(what)) return 7;
  if (/breakpoint/.test(what)) return 5;
  return 6;
}

/**
 * "rax 0000000000000001 rbx 00…". Pairs have a blank between them: without one a guest's line could be taken apart in so many
 * ways that trying them would never end.
 */
function registerPairs(text: string): [string, bigint][] {
  if (!/^(?:[a-z][a-z0-9]{1,5} +[0-9a-f]{8,16}(?:\s+|$))+$/.test(text)) return [];
  return [...text.matchAll(/([a-z][a-z0-9]+) +([0-9a-f]+)/g)].map(([, name, value]) => [
    name ?? '',
    BigInt(`0x${value}`),
  ]);
}

/** What `xenctx -a` prints: "rip: 0000…", several on a line. */
export function parseRegisters(text: string): Map<string, bigint> {
  const found = new Map<string, bigint>();
  for (const [, name, value] of text.matchAll(/\b(flags|[a-z]{1,3}[0-9]{0,2}): ([0-9a-f]{4,16})\b/g)) {
    if (name !== undefined && !found.has(name)) found.set(name, BigInt(`0x${value}`));
  }
  return found;
}

/** What `xenctx -t -d` prints: an address and four words a line. Address → word. */
export function parseMemory(text: string): Map<bigint, bigint> {
  const words = new Map<bigint, bigint>();
  for (const line of text.split('\n')) {
    const match = /^([0-9a-f]{16}):((?: [0-9a-f]{16})+)$/.exec(line.trimEnd());
    if (match === null) continue;
    const start = BigInt(`0x${match[1]}`);
    (match[2] ?? '')
      .trim()
      .split(' ')
      .forEach((word, index) => {
        words.set(start + 8n * BigInt(index), BigInt(`0x${word}`));
      });
  }
  return words;
}

/** Where the kernel keeps threads' stacks; each has an unmapped page below (kernel/arch/x86_64/layout.h). */
const stacks = { low: 0x6000_0000_0000n, high: 0x6100_0000_0000n };
const pageSize = 4096n;

/**
 * The report for a domain that Xen itself ended. On PV that is how a stack overflow shows: the fault's frame has to be
 * put on the very stack that is full.
 */
export function reportFromRegisters(registers: Map<string, bigint>, memory: Map<bigint, bigint>): CrashReport {
  const rip = registers.get('rip');
  return {
    what: explainSilentDeath(registers),
    thread: undefined,
    registers,
    addresses: rip === undefined ? [] : [rip, ...followFrames(registers.get('rbp') ?? 0n, memory)],
    exact: rip !== undefined,
    others: [],
  };
}

function explainSilentDeath(registers: Map<string, bigint>): string {
  const rsp = registers.get('rsp') ?? 0n;
  const fault = registers.get('cr2') ?? 0n;
  const within = (address: bigint) => address >= stacks.low && address < stacks.high;
  // A fault within a few pages of the stack pointer, both in the stacks' region: the page that is hit is the guard.
  const distance = fault > rsp ? fault - rsp : rsp - fault;
  if (within(rsp) && within(fault) && distance < 16n * pageSize) return 'stack overflow';
  if (within(rsp) || rsp === 0n) return 'a fault that the domain could not handle';
  return `a fault that the domain could not handle: its stack pointer was 0x${rsp.toString(16)}`;
}

/** Return addresses along the chain of frame pointers, as far as `memory` reaches and the chain moves upwards. */
function followFrames(framePointer: bigint, memory: Map<bigint, bigint>): bigint[] {
  const addresses: bigint[] = [];
  for (let frame = framePointer; addresses.length < mostAddresses; ) {
    const next = memory.get(frame);
    const returnAddress = memory.get(frame + 8n);
    if (next === undefined || returnAddress === undefined || returnAddress === 0n) break;
    addresses.push(returnAddress);
    if (next <= frame) break;
    frame = next;
  }
  return addresses;
}
