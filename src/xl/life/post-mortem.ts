/** A look into a domain that died without a word: registers, and its stack from where it still stands. */
import { type CrashReport, parseMemory, parseRegisters, reportFromRegisters } from '../facts/crash-report.js';
import type { EndedDomain } from './launch.js';

const pageSize = 4096n;

/** Never rejects for what xenctx cannot tell: the report then holds less. */
export async function examineSilentDeath(domain: Pick<EndedDomain, 'registers' | 'memory'>): Promise<CrashReport> {
  const registers = parseRegisters(await domain.registers());
  const framePointer = registers.get('rbp') ?? 0n;
  // A frame pointer into the first page is none: the kernel leaves that page unmapped.
  if (framePointer < pageSize) return reportFromRegisters(registers, new Map());
  const memory = parseMemory(await domain.memory(framePointer & ~7n));
  return reportFromRegisters(registers, memory);
}
