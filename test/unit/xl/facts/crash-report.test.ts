import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  parseConsoleReport,
  parseMemory,
  parseRegisters,
  reportFromRegisters,
  signalOf,
} from '../../../../src/xl/facts/crash-report.js';

const onConsole = `crash test null
lwd: crash: page fault: write to 0x8 (null pointer)
lwd: thread main
lwd: rip 0000000010101134 rsp 0000600000201e00 rflags 00000046
lwd: rax 0000000000000000 rbx 0000000010142089 rcx 0000000000000000
lwd: r12 0000000010104370
lwd: at 0x0000000010101134
lwd: at 0x000000001010103c
lwd: end of report
`;

describe("the kernel's report", () => {
  test('is read', () => {
    const report = parseConsoleReport(onConsole);
    expect(report).toMatchObject({
      what: 'page fault: write to 0x8 (null pointer)',
      thread: 'main',
      addresses: [0x10101134n, 0x1010103cn],
      exact: true,
    });
    expect(report?.registers.get('rip')).toBe(0x10101134n);
    expect(report?.registers.get('r12')).toBe(0x10104370n);
    expect(report?.registers.size).toBe(7);
  });

  test('without registers has return addresses only', () => {
    const report = parseConsoleReport('lwd: crash: abort() was called\nlwd: at 0x10\nlwd: end of report\n');
    expect(report).toMatchObject({ addresses: [0x10n], exact: false, thread: undefined });
  });

  test('of a dead lock has several threads', () => {
    const text = `lwd: crash: deadlock: all 2 threads wait for each other
lwd: thread main (waits for a mutex of other, at 0x10119bf8)
lwd: at 0x10
lwd: at 0x11
lwd: thread other (waits for a mutex of main, at 0x10119bd0)
lwd: at 0x20
lwd: end of report
`;
    expect(parseConsoleReport(text)).toMatchObject({
      thread: 'main (waits for a mutex of other, at 0x10119bf8)',
      addresses: [0x10n, 0x11n],
      others: [{ thread: 'other (waits for a mutex of main, at 0x10119bd0)', addresses: [0x20n] }],
    });
  });

  test('is the last of several', () => {
    expect(parseConsoleReport(`lwd: crash: first\nlwd: end of report\nlwd: crash: second\n`)?.what).toBe('second');
  });

  test('may be cut off', () => {
    expect(parseConsoleReport(onConsole.slice(0, 150))).toMatchObject({ thread: 'main', addresses: [] });
  });

  test.each(['', 'hello\n', 'he said lwd: crash: x\n', 'lwd: something else\n'])('is not in %j', (text) => {
    expect(parseConsoleReport(text)).toBeUndefined();
  });

  test('cannot keep the reader busy, whatever its lines', () => {
    const line = `lwd: aa ${'aaaaaaaaaaaaaa '.repeat(200)}!`;
    const start = performance.now();
    expect(parseConsoleReport(`lwd: crash: x\n${line}\n`)?.registers.size).toBe(0);
    expect(performance.now() - start).toBeLessThan(1000);
  });

  test('cannot reach a terminal, grow without bound, or break the reader', () => {
    const evil = parseConsoleReport(
      `lwd: crash: \u001b[2J${'x'.repeat(5000)}\nlwd: thread \u0007\n${'lwd: at 0x1\n'.repeat(5000)}`,
    );
    expect(evil?.what).toMatch(/^\\x1b\[2Jx+…$/);
    expect(evil?.what.length).toBeLessThan(300);
    expect(evil?.thread).toBe('\\x07');
    expect(evil?.addresses.length).toBe(256);
    expect(parseConsoleReport(`lwd: crash: x\n${'lwd: thread y\n'.repeat(5000)}`)?.others.length).toBe(64);
    const lines = fc.array(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.constantFrom('lwd: at 0x', 'lwd: rip 0000000000000001', 'lwd: crash: ', 'lwd: thread '),
      ),
    );
    fc.assert(fc.property(lines, (text) => void parseConsoleReport(`lwd: crash: x\n${text.join('\n')}`)));
  });
});

test.each([
  ['page fault: write to 0x8 (null pointer)', 11],
  ['general protection fault', 11],
  ['stack overflow', 11],
  ['invalid instruction (vector 6, error code 0x0)', 4],
  ['division by zero', 8],
  ['abort() was called', 6],
  ['assertion "a == b" failed: x.c:1', 6],
  ['anything', 6],
])('%s: signal %d', (what, signal) => {
  expect(signalOf(what)).toBe(signal);
});

const registersText = `rip: 0000000010101158
flags: 00000206 i nz p
rsp: 0000600000000ff0
rax: 0000000000000000\trcx: 0000000000000000\trdx: 0000000000000000
rbp: 0000600000001000\t r8: 000000001011d9c8\t r9: 0000000000000000
 cs: e033\t ss: e02b\t ds: 0000\t es: 0000
 fs: 0000 @ 0000600000081f80

cr2: 0000600000000ff0
Code (instr addr 10101158)
cc cc cc 55 48 89 e5
`;
const memoryText = `Stack:
0000600000001000: 0000600000001020 0000000010101169 000000000000006f 0000000000000000
0000600000001020: 0000600000001040 0000000010101170 000000000000006e 0000000000000000
0000600000001040: 0000000000000000 0000000010102222 000000000000006d 0000000000000000

Call Trace:
`;

describe('a domain that died without a word', () => {
  test('has registers', () => {
    const registers = parseRegisters(registersText);
    expect(registers.get('rip')).toBe(0x10101158n);
    expect(registers.get('r8')).toBe(0x1011d9c8n);
    expect(registers.get('cr2')).toBe(0x600000000ff0n);
    expect(registers.get('cs')).toBe(0xe033n);
  });

  test('has memory', () => {
    const memory = parseMemory(memoryText);
    expect(memory.size).toBe(12);
    expect(memory.get(0x600000001028n)).toBe(0x10101170n);
  });

  test('of a stack overflow', () => {
    const report = reportFromRegisters(parseRegisters(registersText), parseMemory(memoryText));
    expect(report).toMatchObject({
      what: 'stack overflow',
      exact: true,
      addresses: [0x10101158n, 0x10101169n, 0x10101170n, 0x10102222n],
    });
  });

  test('of something else', () => {
    const elsewhere = parseRegisters(registersText.replaceAll('cr2: 0000600000000ff0', 'cr2: 0000000000000000'));
    expect(reportFromRegisters(elsewhere, new Map()).what).toMatch(/^a fault that the domain could not handle/);
    const lost = parseRegisters(registersText.replace('rsp: 0000600000000ff0', 'rsp: 0000000000001234'));
    expect(reportFromRegisters(lost, new Map()).what).toContain('0x1234');
  });

  test('and tells nothing', () => {
    expect(
      reportFromRegisters(parseRegisters('xc_domain_getinfo_single: No such process'), parseMemory('')),
    ).toMatchObject({
      addresses: [],
      exact: false,
    });
  });

  test('whose frames lead in a circle', () => {
    const memory = new Map([
      [0x600000001000n, 0x600000001000n],
      [0x600000001008n, 0x10101169n],
    ]);
    const registers = new Map([
      ['rip', 1n],
      ['rbp', 0x600000001000n],
    ]);
    expect(reportFromRegisters(registers, memory).addresses).toEqual([1n, 0x10101169n]);
  });
});
