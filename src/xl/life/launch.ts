/**
 * lwd's side of run-script.ts: starts a domain on a host, hands its console on, answers the script's questions, and
 * says how the script ended. What an end means, and when to end a domain, is decided by those who call this.
 */
import type { Writable } from 'node:stream';
import { type BatchRecord, jobWords } from '../../batch/job-name.js';
import type { Host } from '../../host/host.js';
import { LostConnection } from '../../host/lost.js';
import { lookAfterXenstored } from '../../host/xenstored.js';
import { type RunEvent, RunEventReader } from '../facts/run-events.js';
import { parseStoreListing } from '../facts/store-text.js';
import { type Renewals, renewLease } from '../observed/lease.js';
import { runScript } from '../script/run-script.js';
import { defaultLogLimit } from '../spec/limits.js';
import { serverArguments, type VolumeDevice } from '../spec/volume.js';
import { ProcessChannel, type ProcessControls, type ProcessStreams } from '../stream/process-channel.js';
import { brokenOff, leftAlone } from './broken-off.js';
import { type LaunchAction, type LaunchResult, launchBegin, launchStep, type ScriptReason } from './launch-machine.js';

export interface LaunchRequest extends ProcessStreams {
  /** attach: until the domain's end. detach: until it runs. hold: until its end, but it is there paused at first. */
  mode: 'attach' | 'detach' | 'hold';
  name: string;
  uuid: string;
  /** Seconds that the domain may outlive this process, or its contact with the host; undefined: any time. */
  lease: number | undefined;
  /** xenconsoled's log of the domain, a path in dom0. */
  logFile: string;
  /** Bytes that its part of the log may have; undefined: `defaultLogLimit`. */
  logLimit?: number | undefined;
  /** xl.cfg text with actions "preserve". */
  config: string;
  /** Paths in dom0. */
  kernel: string;
  ramdisk: string | undefined;
  /** Text for lwd's own node, as xenstore-write takes it. */
  node: string;
  volumes: readonly VolumeDevice[];
  /** A pool to be made for the domain alone. */
  ownPool: { name: string; cpus: readonly number[] } | undefined;
  /** The job that it is of, which then has no pool made. */
  batch?: BatchRecord | undefined;
  /** A shell may stand in for it (shell.ts): how such shells' names begin, and what it is to run. */
  shell?: { prefix: string; line: string } | undefined;
  /** The program that serves them, a path in dom0; undefined if there are none. */
  volumeServer: string | undefined;
  /** The server's arguments, if not those that `volumes` comes to. */
  served?: readonly string[];
  /** When aborted, the domain is left to itself, and `launch` rejects. */
  abandon?: AbortSignal;
  /** The program in dom0 that attends to the domain's process, a path there. */
  processChannel: string;
  /** No shell could be claimed, and the domain is made anew. \`why\`: there is none, if that is known. */
  onAnew?(why: string): void;
  /** What is sent by `process` to a domain that has no channel is lost. */
  onStarted(id: number, process: ProcessControls, uuid: string): void;
  /**
   * Decides about the ended domain, which is still there to be looked into. Rejecting leaves it as it is, and makes
   * `launch` reject.
   */
  onEnded(ended: EndedDomain): Promise<'destroy' | 'keep'>;
}

export interface EndedDomain {
  id: number;
  reason: ScriptReason;
  /** The guest's nodes below data/lwd, by their names there. */
  nodes: Map<string, string>;
  registers(): Promise<string>;
  /** Its line of `xl list`, with the heading: what it has used. */
  usage(): Promise<string>;
  /**
   * From this address on to the end of the page that follows the stack pointer's, as text: xenctx is slow, a page takes a second.
   */
  memory(address: bigint): Promise<string>;
}

export type { LaunchResult } from './launch-machine.js';

/** Blocks until the domain runs (detach) or has ended and is taken care of (attach). */
export async function launch(host: Host, request: LaunchRequest): Promise<LaunchResult> {
  const session = new Session(host, request);
  const { volumeServer, volumes } = request;
  const served = volumeServer === undefined ? [] : [volumeServer, ...(request.served ?? serverArguments(volumes))];
  const { mode, uuid, lease, logFile, config, kernel, ramdisk = '', node, ownPool, processChannel, shell } = request;
  const job = request.batch === undefined ? '' : jobWords(request.batch);
  const pool = ownPool === undefined ? job : `${ownPool.name} ${ownPool.cpus.join(',')}`;
  const claim = shell === undefined ? [] : [shell.prefix, request.name, shell.line];
  const limits = { lease: String(lease ?? ''), log: String(request.logLimit ?? defaultLogLimit) };
  const own = [mode, uuid, limits.lease, logFile, config, kernel, ramdisk, node, pool, processChannel, limits.log];
  const args = [...own, ...claim, ...served];
  const needs = {
    lease: lease !== undefined,
    pool: ownPool !== undefined,
    shell: shell !== undefined,
    job: job !== '',
  };
  const text = runScript({ ...needs, volumes: served.length > 0 });
  let signal: string | undefined;
  try {
    const result = await host.script(text, args, {
      timeout: 0,
      shielded: true,
      // What is left then is the removal of the log, which nobody has to wait for.
      release: request.abandon === undefined ? session.over : AbortSignal.any([session.over, request.abandon]),
      onStdin: (stdin) => session.attach(stdin),
      ...(mode === 'detach' ? {} : { stdoutTo: session.channel.output }),
      onStderr: (chunk) => session.reader.push(chunk),
    });
    signal = result.signal;
    const outcome = await session.finish();
    if (outcome !== undefined) return outcome;
  } catch (error) {
    if (!(error instanceof LostConnection)) throw error;
    // It may have been lost when all that matters had been told.
    const outcome = await session.finish().catch(() => undefined);
    if (outcome !== undefined) return outcome;
  }
  throw brokenOff(host.name, request, session.id, signal);
}

class Session {
  readonly #over = new AbortController();
  readonly channel: ProcessChannel;
  readonly reader = new RunEventReader((event) => this.#take(event));
  readonly #host: Host;
  readonly #request: LaunchRequest;
  #state = launchBegin;
  #allShown = false;
  #allTold = false;
  #renewals: Renewals | undefined;
  #shown: ((text: string) => void) | undefined;
  #isScriptGone = false;
  #decision: Promise<void> | undefined;
  #failure: { error: unknown } | undefined;

  constructor(host: Host, request: LaunchRequest) {
    this.#host = host;
    this.#request = request;
    this.channel = new ProcessChannel(request, () => {
      this.#allShown = true;
      this.#endIfOver();
    });
  }

  /** Aborted when the script has nothing more to tell. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  /** The domain's number, 0 as long as none is known to be there. */
  get id(): number {
    return this.#state.id;
  }

  attach(stdin: Writable): void {
    const { lease, mode } = this.#request;
    if (mode === 'detach') return;
    this.channel.attach(stdin);
    if (lease !== undefined) this.#renewals = renewLease((line) => this.channel.words(line), lease);
  }

  /** After the script's end: its result, undefined if it did not come to one. */
  async finish(): Promise<LaunchResult | undefined> {
    this.#renewals?.stop();
    this.#isScriptGone = true;
    this.#shown?.('');
    await this.#decision;
    this.channel.close();
    if (this.#failure !== undefined) throw this.#failure.error;
    return this.#state.result;
  }

  #take(event: RunEvent): void {
    const { state, actions } = launchStep(this.#state, event);
    this.#state = state;
    for (const action of actions) this.#do(action);
  }

  #do(action: LaunchAction): void {
    switch (action.kind) {
      case 'tell-anew':
        this.#request.onAnew?.(action.why);
        break;
      case 'tell-started':
        this.#request.onStarted(this.#state.id, this.channel, this.#state.uuid ?? this.#request.uuid);
        break;
      case 'stop-renewing':
        this.#renewals?.stop();
        break;
      case 'decide':
        this.#decision = this.#decide(action.text);
        break;
      case 'answer':
        this.#shown?.(action.text.trimEnd());
        break;
      case 'look-after-store':
        void this.#lookAfterStore();
        break;
      case 'release':
        this.#allTold = true;
        this.#endIfOver();
        break;
    }
  }

  /** Without xenstored nothing in dom0 ever ends that has to do with Xen: the script is left to itself, and so is the domain. */
  async #lookAfterStore(): Promise<void> {
    const trouble = await lookAfterXenstored(this.#host).catch(() => undefined);
    if (trouble === undefined || this.#state.phase === 'over') return;
    this.#failure = { error: leftAlone(trouble, this.#request, this.#state.id) };
    this.#over.abort();
  }

  /** The script has nothing more to say, and the channel nothing to show. */
  #endIfOver(): void {
    if (this.#allShown && this.#allTold) this.#over.abort();
  }

  async #decide(store: string): Promise<void> {
    const prefix = `/local/domain/${this.#state.id}/data/lwd/`;
    const nodes = [...parseStoreListing(store)]
      .filter(([path]) => path.startsWith(prefix))
      .map(([path, value]): [string, string] => [path.slice(prefix.length), value]);
    try {
      const decision = await this.#request.onEnded({
        id: this.#state.id,
        reason: this.#state.reason,
        nodes: new Map(nodes),
        registers: () => this.#ask('registers'),
        usage: () => this.#ask('usage'),
        memory: (address) => this.#ask(`memory 0x${address.toString(16)}`),
      });
      this.channel.words(decision);
    } catch (error) {
      this.#failure = { error };
      this.channel.close();
    }
  }

  /** '' if nobody answers any more. */
  #ask(question: string): Promise<string> {
    if (this.#isScriptGone) return Promise.resolve('');
    return new Promise((resolve) => {
      this.#shown = resolve;
      this.channel.words(question);
    });
  }
}
