/** A domain's life through a broker: what launch.ts does with a host of one's own, asked of one that makes domains itself. */
import type { AskReply, Broker } from '../../host/host.js';
import type { PassedSignal } from '../facts/process-frames.js';
import type { DomainSpec } from '../spec/spec.js';
import { BrokeredStream, type StreamEvent } from '../stream/brokered-stream.js';
import { InputFeed } from '../stream/input-feed.js';
import type { ProcessStreams } from '../stream/process-channel.js';
import type { EndedDomain, LaunchRequest, LaunchResult } from './launch.js';

export type LaunchCallbacks = Pick<
  LaunchRequest,
  'mode' | 'lease' | keyof ProcessStreams | 'onAnew' | 'onStarted' | 'onEnded'
>;

/** What is to be made: the spec, and whether its kernel is another than lwd's. */
export type BrokeredDomain = { spec: DomainSpec; foreign: boolean };

interface BrokerEvent {
  kind: 'started' | 'reads' | 'ended' | 'shown';
  id: number;
  reason: EndedDomain['reason'];
  nodes: [string, string][];
  /** The process reads: so much more of its input is taken. */
  bytes: number;
}

/** Bytes of the input that are sent at once. */
const longestInput = 64 * 1024;

/** Blocks as launch() does. The spec's files are names that the broker gave. */
export async function launchThrough(
  broker: Broker,
  domain: BrokeredDomain,
  { mode, lease, onStdout, onStderr, onConsole, openStdin, openStream, onStarted, onEnded }: LaunchCallbacks,
): Promise<LaunchResult> {
  let text: Uint8Array[] = [];
  let shown: ((text: string) => void) | undefined;
  let failure: { error: unknown } | undefined;
  const over = new AbortController();
  let input: InputFeed | undefined;
  const stream = new BrokeredStream(openStream);
  const feed = (bytes: number, reply: AskReply) => {
    input ??= new InputFeed(openStdin, {
      longest: longestInput,
      take: (chunk) => reply.data(chunk),
      end: () => reply.end(),
    });
    input.grant(bytes);
  };
  const decide = async ({ id, reason, nodes }: BrokerEvent, reply: AskReply) => {
    const ask = (question: object) =>
      new Promise<string>((resolve) => {
        text = [];
        shown = resolve;
        reply.event(question);
      });
    try {
      const word = await onEnded({
        ...{ id, reason, nodes: new Map(nodes) },
        registers: () => ask({ word: 'registers' }),
        usage: () => ask({ word: 'usage' }),
        memory: (address) => ask({ word: 'memory', address: address.toString(16) }),
      });
      reply.event({ word });
    } catch (error) {
      failure = { error };
      over.abort();
    }
  };
  try {
    const result = await broker.ask(
      { ...order(mode, lease, domain), ...(openStream && { stream: true }) },
      {
        signal: over.signal,
        onData: onStdout,
        onStderr,
        onConsole,
        onErrors: (chunk) => text.push(chunk),
        onStream: (chunk) => stream.take(chunk),
        onEvent: (value, reply) => {
          const event = value as BrokerEvent | StreamEvent;
          if (event.kind === 'started') {
            const signal = (name: PassedSignal) => reply.event({ word: 'signal', name });
            onStarted(event.id, { signal }, domain.spec.uuid ?? '');
          } else if (event.kind === 'reads') feed(event.bytes, reply);
          else if (event.kind === 'stream-reads' || event.kind === 'stream-ends') stream.hear(event, reply);
          else if (event.kind === 'ended') void decide(event, reply);
          else shown?.(Buffer.concat(text).toString());
        },
      },
    );
    return result as LaunchResult;
  } catch (error) {
    if (failure !== undefined) throw failure.error;
    throw error;
  } finally {
    input?.close();
    stream.close();
  }
}

function order(mode: LaunchRequest['mode'], lease: number | undefined, { spec, foreign }: BrokeredDomain): object {
  const { name, uuid, type, kernel, ramdisk, commandLine, memory, maxmem, vcpus, cpus, pool, group } = spec;
  const { onCrash, nativeTsc, volumes, disks, batch } = spec;
  // An address of the hardware is xl's to choose: one that was given is refused by not being known.
  const network = spec.network.map(({ bridge, mac }) => (mac === undefined ? { bridge } : { bridge, mac }));
  const named = { name, uuid, type, kernel, ramdisk, commandLine, memory, maxmem, vcpus, cpus, pool, group, batch };
  const other = foreign ? { foreign } : {};
  return { op: 'launch', mode, lease, spec: { ...named, ...other, onCrash, nativeTsc, volumes, network, disks } };
}
