/**
 * A caller who stays with a domain of his: what he says to its process while it runs, the stream that it has to him, and what he
 * wants to see when it has ended.
 */
import { once } from 'node:events';
import { usedBy } from '../xl/facts/usage.js';
import type { EndedDomain } from '../xl/life/launch.js';
import type { ProcessControls } from '../xl/stream/process-channel.js';
import { CallerStream } from './caller-stream.js';
import type { BrokerParts, Case } from './parts.js';
import { type Answer, type LaunchOrder, parseAnswer } from './requests.js';

export class Attendance {
  readonly #audit: BrokerParts['audit'];
  readonly #case: Case;
  readonly #order: LaunchOrder;
  #process: ProcessControls | undefined;
  #stream: CallerStream | undefined;

  constructor({ audit }: BrokerParts, one: Case, order: LaunchOrder) {
    this.#audit = audit;
    this.#case = one;
    this.#order = order;
    one.connection.onWord = (value) => this.#hear(parseAnswer(value));
  }

  /** What the domain's stream leads to; undefined: its caller has not said that it is to have one. */
  openStream(): CallerStream | undefined {
    if (this.#order.stream) this.#stream = new CallerStream(this.#case.connection);
    return this.#stream;
  }

  started(id: number, process: ProcessControls): void {
    this.#process = process;
    this.#case.connection.event({ kind: 'started', id });
  }

  /** Rejects if he goes away before he has decided. */
  async ended(ended: EndedDomain): Promise<'destroy' | 'keep'> {
    const { connection, caller } = this.#case;
    const { name, uuid } = this.#order.spec;
    const usage = await usedBy(ended);
    await this.#audit(caller, {
      ...{ request: 'end', decision: 'allowed', domains: [name] },
      what: { uuid, reason: ended.reason, ...usage },
    });
    connection.event({ kind: 'ended', id: ended.id, reason: ended.reason, nodes: [...ended.nodes] });
    for (;;) {
      const answer = parseAnswer(await connection.reply());
      if (answer?.word === 'destroy' || answer?.word === 'keep') return answer.word;
      const shown = answer && shownOf(ended, answer);
      if (shown === undefined) throw new Error('the caller went away before the end');
      connection.errors(Buffer.from(await shown));
      connection.event({ kind: 'shown' });
    }
  }

  /** When what the domain wrote last to its stream has gone to him, or he has not taken it (process-stream.ts). */
  async over(): Promise<void> {
    if (this.#stream !== undefined && !this.#stream.closed) await once(this.#stream, 'close');
  }

  /** False: it is an answer, for whoever asked. */
  #hear(answer: Answer | undefined): boolean {
    switch (answer?.word) {
      case 'signal':
        return this.#process !== undefined && this.#pass(answer.name, this.#process);
      case 'stream-room':
      case 'stream-input-ends':
      case 'stream-gone':
        this.#stream?.hear(answer);
        return true;
      default:
        return false;
    }
  }

  #pass(name: Extract<Answer, { word: 'signal' }>['name'], process: ProcessControls): true {
    const entry = { request: 'signal', decision: 'allowed' as const, domains: [this.#order.spec.name] };
    // Without an audit log nothing is done.
    this.#audit(this.#case.caller, entry).then(
      () => process.signal(name),
      () => {},
    );
    return true;
  }
}

/** undefined: that is no question. */
function shownOf(ended: EndedDomain, answer: Answer): Promise<string> | undefined {
  switch (answer.word) {
    case 'registers':
      return ended.registers();
    case 'usage':
      return ended.usage();
    case 'memory':
      return ended.memory(BigInt(`0x${answer.address}`));
    default:
      return undefined;
  }
}
