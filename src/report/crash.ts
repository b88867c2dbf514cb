/** A crash for people and for programs: what, where in the source, registers. */

import { printableLine } from '../sys/printable.js';
import type { CrashReport } from '../xl/facts/crash-report.js';
import { type Place, symbolize } from '../xl/life/symbols.js';

export interface ExplainedCrash {
  report: CrashReport;
  places: Place[];
  /** Why places are bare addresses, undefined if they are not. */
  why: string | undefined;
  others: { thread: string; places: Place[] }[];
}

/** Looks the addresses up in `symbols`, an unstripped ELF of this machine, if there is one. */
export async function explainCrash(report: CrashReport, symbols: string | undefined): Promise<ExplainedCrash> {
  const others = [];
  for (const { thread, addresses } of report.others) {
    others.push({ thread, places: (await symbolize(addresses, { symbols, exact: false })).places });
  }
  return { report, others, ...(await symbolize(report.addresses, { symbols, exact: report.exact })) };
}

/** Without a newline at its end. */
export function crashText(name: string, crash: ExplainedCrash, verbose: boolean): string {
  const { report, places, why } = crash;
  const thread = report.thread === undefined ? '' : ` in thread ${report.thread}`;
  const lines = [`lwd: ${name} crashed${thread}: ${report.what}`];
  lines.push(...placeLines(places));
  for (const other of crash.others) lines.push(`  thread ${other.thread}`, ...placeLines(other.places));
  if (why !== undefined) lines.push(`  (${why})`);
  if (verbose || places.every((place) => place.function === undefined)) lines.push(...registerLines(report.registers));
  return lines.join('\n');
}

export function crashJson(crash: ExplainedCrash): unknown {
  return {
    what: crash.report.what,
    thread: crash.report.thread ?? null,
    registers: Object.fromEntries([...crash.report.registers].map(([name, value]) => [name, hex(value)])),
    backtrace: crash.places.map(placeJson),
    otherThreads: crash.others.map(({ thread, places }) => ({ thread, backtrace: places.map(placeJson) })),
  };
}

function placeJson(place: Place): unknown {
  return {
    address: hex(place.address),
    function: place.function ?? null,
    file: place.file ?? null,
    line: place.line ?? null,
  };
}

function placeLines(places: readonly Place[]): string[] {
  return collapse(places).map(
    ({ place, times }) => `  at ${placeText(place)}${times > 1 ? `   (${times} times)` : ''}`,
  );
}

/** A runaway recursion is one line and a number. */
function collapse(places: readonly Place[]): { place: Place; times: number }[] {
  const groups: { place: Place; times: number }[] = [];
  for (const place of places) {
    const last = groups.at(-1);
    if (last !== undefined && sameCall(last.place, place)) last.times += 1;
    else groups.push({ place, times: 1 });
  }
  return groups;
}

function sameCall(a: Place, b: Place): boolean {
  if (a.function === undefined || b.function === undefined) return a.address === b.address;
  return a.function === b.function && a.file === b.file && a.line === b.line;
}

function placeText(place: Place): string {
  if (place.function === undefined) return hex(place.address);
  const line = place.line === undefined ? '' : `:${place.line}`;
  const file = place.file === undefined ? '' : ` at ${printableLine(place.file)}${line}`;
  return `${printableLine(place.function)}${file}`;
}

function registerLines(registers: Map<string, bigint>): string[] {
  const texts = [...registers].map(([name, value]) => `${name.padEnd(6)} ${value.toString(16).padStart(16, '0')}`);
  const lines: string[] = [];
  for (let start = 0; start < texts.length; start += 3) lines.push(`  ${texts.slice(start, start + 3).join('  ')}`);
  return lines;
}

function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}
