/**
 * What Perfetto and chrome://tracing want of trace events ("Trace Event Format"), where they would show something wrong, or
 * count an error and leave it out: known phases, one process, numbers where numbers belong, time that does not go back, slices
 * that are closed in their order, and arrows between slices, each of which ends after it began.
 */
import { expect } from 'vitest';

export interface TraceEventShown {
  ph: string;
  pid: number;
  tid: number;
  ts?: number;
  name?: string;
  cat?: string;
  id?: number;
  s?: string;
  bp?: string;
  args?: Record<string, unknown>;
}

const metadata = ['process_name', 'thread_name', 'thread_sort_index'];

/** Reads the whole text of a trace. Throws what vitest's expect() does, if a rule is broken. */
export function readTrace(text: string): TraceEventShown[] {
  const trace = JSON.parse(text) as { traceEvents: TraceEventShown[]; displayTimeUnit: string };
  expect(trace.displayTimeUnit).toBe('ns');
  const events = trace.traceEvents;
  const open = new Map<number, number>();
  const flows = new Map<number, 'begun' | 'ended'>();
  const named = new Set<number>();
  let now = 0;
  for (const event of events) {
    const { ph, tid, ts = Number.NaN, id = Number.NaN } = event;
    const depth = open.get(tid) ?? 0;
    expect(event.pid).toBe(1);
    expect(Number.isSafeInteger(tid) && tid >= 0).toBe(true);
    if (ph === 'M') {
      expect(metadata).toContain(event.name);
      const [value] = Object.values(event.args ?? {});
      expect(typeof value).toBe(event.name === 'thread_sort_index' ? 'number' : 'string');
      if (event.name === 'thread_name') named.add(tid);
      continue;
    }
    expect(named).toContain(tid);
    expect(ts).toBeGreaterThanOrEqual(now);
    now = ts;
    if (ph !== 'E') expect(typeof event.name).toBe('string');
    switch (ph) {
      case 'B':
        open.set(tid, depth + 1);
        break;
      case 'E':
        expect(depth).toBeGreaterThan(0);
        open.set(tid, depth - 1);
        break;
      case 'i':
        expect(event.s).toBe('t');
        break;
      case 's':
        expect(flows.has(id)).toBe(false);
        expect(depth, `arrow ${id} begins in no slice of line ${tid}`).toBeGreaterThan(0);
        flows.set(id, 'begun');
        break;
      case 'f':
        expect(event.bp).toBe('e');
        expect(flows.get(id)).toBe('begun');
        expect(depth, `arrow ${id} ends in no slice of line ${tid}`).toBeGreaterThan(0);
        flows.set(id, 'ended');
        break;
      default:
        expect(ph).toBe('one of B E i s f M');
    }
  }
  expect([...open.values()].every((depth) => depth === 0)).toBe(true);
  return events;
}
