/**
 * A recording as trace events in JSON, which Perfetto and chrome://tracing read ("Trace Event Format", JSON object form). One
 * line for the vCPU: who runs, events handled, idleness. One for each thread: what state it is in, from the moment that it is
 * seen; spans of the program's own around that. Arrows lead from who made a thread ready to where it runs. Pure.
 */
import type { RecordedEvent, Recording } from '../xl/facts/recording.js';

const processNumber = 1;
const vcpuLine = 0;

type Arguments = Record<string, string | number>;

interface TraceEvent {
  ph: 'B' | 'E' | 'i' | 's' | 'f' | 'M';
  pid: number;
  tid: number;
  /** Microseconds. */
  ts?: number;
  name?: string;
  cat?: string;
  id?: number;
  s?: 't';
  bp?: 'e';
  args?: Arguments;
}

/** What is open in a thread's line: spans, and its state within them. */
interface Line {
  spans: number;
  state: { name: string; args: Arguments } | undefined;
  /** An arrow that waits for the thread to run. */
  arrow: number | undefined;
}

export interface TraceNames {
  domain: string;
  /** Functions that handle events, by their addresses. */
  handlers: ReadonlyMap<bigint, string>;
}

/** One event a line. */
export function traceJson(recording: Recording, names: TraceNames): string {
  const writer = new Writer(recording, names);
  for (const event of recording.events) writer.take(event);
  const lines = writer.finish().map((event) => JSON.stringify(event));
  const about = { domain: names.domain, lostEvents: recording.lost };
  return `{"displayTimeUnit":"ns","otherData":${JSON.stringify(about)},"traceEvents":[\n${lines.join(',\n')}\n]}\n`;
}

/** Addresses of all handlers that a recording speaks of. */
export function handlersOf(recording: Recording): bigint[] {
  const found = recording.events.flatMap((event) => (event.kind === 'event' ? [event.handler] : []));
  return [...new Set(found)];
}

class Writer {
  readonly #recording: Recording;
  readonly #names: TraceNames;
  readonly #events: TraceEvent[] = [];
  readonly #lines = new Map<number, Line>();
  /** How much is open in the vCPU's line. */
  #onVcpu = 0;
  #running = 0;
  #arrows = 0;
  #now = 0;

  constructor(recording: Recording, names: TraceNames) {
    this.#recording = recording;
    this.#names = names;
  }

  take(event: RecordedEvent): void {
    this.#now = event.at / 1000;
    if (event.kind === 'idle-begin') this.#openOnVcpu('idle');
    else if (event.kind === 'idle-end' || event.kind === 'event-end') this.#closeOnVcpu();
    else if (event.kind === 'event') {
      this.#openOnVcpu(this.#eventName(event.port, event.handler), { port: event.port });
    } else this.#takeFrom(event.thread, event);
  }

  #takeFrom(thread: number, event: Extract<RecordedEvent, { thread: number }>): void {
    switch (event.kind) {
      case 'ready':
        this.#ready(thread, event.by, event.port);
        break;
      case 'blocks': {
        const args: Arguments = { address: `0x${event.address.toString(16)}` };
        if (event.holder !== 0) args.of = this.#nameOf(event.holder);
        this.#leave(thread, event.on === undefined ? 'waits' : `waits for ${event.on}`, args);
        break;
      }
      case 'gives-way':
        if (event.why === 'yields') this.#leave(thread, 'ready', { by: 'its own yield' });
        else this.#leave(thread, event.why === 'sleeps' ? 'sleeps' : undefined, {});
        break;
      case 'runs':
        this.#run(thread);
        break;
      case 'mark':
        this.#line(thread);
        this.#emit({ ph: 'i', tid: thread, name: event.text, s: 't' });
        break;
      case 'span-begin':
        this.#within(thread, (line) => {
          line.spans += 1;
          this.#emit({ ph: 'B', tid: thread, name: event.text, cat: 'program' });
        });
        break;
      case 'span-end':
        // One whose beginning was overwritten, or never was, ends nothing.
        if (this.#line(thread).spans === 0) break;
        this.#within(thread, (line) => {
          line.spans -= 1;
          this.#emit({ ph: 'E', tid: thread });
        });
        break;
    }
  }

  /** Closes what is open, and puts the names in front. */
  finish(): TraceEvent[] {
    while (this.#onVcpu > 0) this.#closeOnVcpu();
    for (const [thread, line] of this.#lines) {
      const open = line.spans + (line.state === undefined ? 0 : 1);
      for (let index = 0; index < open; index += 1) this.#emit({ ph: 'E', tid: thread });
    }
    const named = (tid: number, name: string): TraceEvent[] => [
      { ph: 'M', pid: processNumber, tid, name: 'thread_name', args: { name } },
      { ph: 'M', pid: processNumber, tid, name: 'thread_sort_index', args: { sort_index: tid } },
    ];
    return [
      { ph: 'M', pid: processNumber, tid: 0, name: 'process_name', args: { name: `domain ${this.#names.domain}` } },
      ...named(vcpuLine, 'vCPU 0'),
      ...[...this.#lines.keys()].flatMap((thread) => named(thread, this.#nameOf(thread))),
      ...this.#events,
    ];
  }

  #ready(thread: number, by: number, port: number): void {
    const line = this.#line(thread);
    const from = by === 0 ? vcpuLine : by;
    // An arrow leads from slice to slice: of who was not seen to run, as a recording's first events may be, none does.
    if (by !== thread && this.#isOpen(from)) {
      line.arrow = ++this.#arrows;
      this.#emit({ ph: 's', tid: from, name: 'wakes', cat: 'wake', id: line.arrow });
    }
    // A thread that yields is made ready while it still runs.
    if (thread === this.#running) return;
    this.#change(thread, 'ready', { by: by === 0 ? `event ${port}` : this.#nameOf(by) });
  }

  #leave(thread: number, state: string | undefined, args: Arguments): void {
    this.#running = 0;
    this.#closeOnVcpu();
    this.#change(thread, state, args);
  }

  #run(thread: number): void {
    const line = this.#line(thread);
    while (this.#onVcpu > 0) this.#closeOnVcpu();
    this.#running = thread;
    this.#openOnVcpu(this.#nameOf(thread), { thread });
    this.#change(thread, 'runs', {});
    if (line.arrow === undefined) return;
    this.#emit({ ph: 'f', tid: thread, name: 'wakes', cat: 'wake', id: line.arrow, bp: 'e' });
    line.arrow = undefined;
  }

  #change(thread: number, name: string | undefined, args: Arguments): void {
    const line = this.#line(thread);
    if (line.state !== undefined) this.#emit({ ph: 'E', tid: thread });
    line.state = name === undefined ? undefined : { name, args };
    if (name !== undefined) this.#emit({ ph: 'B', tid: thread, name, cat: 'state', args });
  }

  /** Changes the spans around a thread's state: the state is cut in two there. */
  #within(thread: number, change: (line: Line) => void): void {
    const line = this.#line(thread);
    const { state } = line;
    if (state !== undefined) this.#emit({ ph: 'E', tid: thread });
    change(line);
    if (state !== undefined) this.#emit({ ph: 'B', tid: thread, name: state.name, cat: 'state', args: state.args });
  }

  #openOnVcpu(name: string, args: Arguments = {}): void {
    this.#onVcpu += 1;
    this.#emit({ ph: 'B', tid: vcpuLine, name, args });
  }

  #closeOnVcpu(): void {
    if (this.#onVcpu === 0) return;
    this.#onVcpu -= 1;
    this.#emit({ ph: 'E', tid: vcpuLine });
  }

  #isOpen(line: number): boolean {
    if (line === vcpuLine && this.#onVcpu > 0) return true;
    const found = this.#lines.get(line);
    return found !== undefined && (found.spans > 0 || found.state !== undefined);
  }

  #line(thread: number): Line {
    const found = this.#lines.get(thread);
    if (found !== undefined) return found;
    const line: Line = { spans: 0, state: undefined, arrow: undefined };
    this.#lines.set(thread, line);
    return line;
  }

  #nameOf(thread: number): string {
    return this.#recording.names.get(thread) ?? `thread-${thread}`;
  }

  #eventName(port: number, handler: bigint): string {
    const name = this.#names.handlers.get(handler);
    return name === undefined ? `event ${port}` : `event ${port}: ${name}`;
  }

  #emit(event: Omit<TraceEvent, 'pid' | 'ts'>): void {
    const { ph, ...rest } = event;
    this.#events.push({ ph, pid: processNumber, ts: Number(this.#now.toFixed(3)), ...rest });
  }
}
